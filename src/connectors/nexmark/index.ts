import type { Connector } from '../connector.ts';
import { checkNexmarkSchema } from './columns.ts';
import { NEXMARK_OPTIONS, nexmarkConfig } from './options.ts';
import { nexmarkSource } from './source.ts';

export const nexmark: Connector = {
  name: 'nexmark',
  doc: 'Makes the stream of the Nexmark benchmark: persons, auctions and bids of an auction site, the same for a seed.',
  options: NEXMARK_OPTIONS,
  format: 'none',
  metadata: [],
  source({ table, options, context }) {
    checkNexmarkSchema(table.columns);
    return nexmarkSource(nexmarkConfig(options, context.parallelism), context);
  },
};
