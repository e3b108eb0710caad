import type { Connector } from '../connector.ts';
import { DATAGEN_OPTIONS } from './options.ts';
import { datagenSource } from './source.ts';

export const datagen: Connector = {
  name: 'datagen',
  doc: 'Makes rows by itself: random values within bounds, or sequences, at a rate.',
  options: DATAGEN_OPTIONS,
  format: 'none',
  metadata: [],
  source: datagenSource,
};
