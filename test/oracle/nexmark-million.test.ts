/** A million Nexmark events give as many rows as are known of the reference generator with the same seeds. */
import { expect, test } from 'vitest';
import { type Batch, isRetraction } from '../../src/types/batch.ts';
import { DENSE, NexmarkRun, PLAIN } from './nexmark-run.ts';

test.each([
  ['q2', 6_911],
  ['q3', 5_693],
  ['q14', 260_990],
  // Auctions that were bid on.
  ['q17', 59_972],
  // Pairs of a bidder and an auction.
  ['q18', 292_809],
  ['q20', 186_747],
  ['q21', 874_249],
  ['q23', 1_169_398],
])('%s', async (query, expected) => {
  let standing = 0;
  const take = ({ length, kinds }: Batch): void => {
    for (let i = 0; i < length; i++) standing += kinds !== null && isRetraction(kinds[i] as number) ? -1 : 1;
  };
  await new NexmarkRun({ ...DENSE, events: 1_000_000 }, { take }).changes(query, PLAIN);
  expect(standing).toBe(expected);
});
