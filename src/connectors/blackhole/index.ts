import type { Connector } from '../connector.ts';

/** Rows arrive with all their columns computed, so there is nothing left to do. */
export const blackhole: Connector = {
  name: 'blackhole',
  doc: 'Takes every change and keeps nothing: for measuring and trying out. All columns of every row are computed.',
  options: {},
  format: 'none',
  metadata: [],
  sinkAccepts: 'unkeyed-upsert',
  sink: () => ({
    guarantee: 'exactly-once',
    write() {},
    flush: async () => {},
    close: async () => {},
  }),
};
