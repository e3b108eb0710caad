import type { Api } from '../../protocol/api.ts';

interface ListedTransaction {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly state: string;
}

/** The transactions that one broker coordinates, in the states asked for. */
export const listTransactions: Api<
  { readonly states: readonly string[] },
  { readonly errorCode: number; readonly transactions: readonly ListedTransaction[] }
> = {
  name: 'ListTransactions',
  key: 66,
  minVersion: 0,
  maxVersion: 0,
  flexibleFrom: 0,
  encode(to, { states }) {
    to.array(states, (state) => to.string(state));
    // Of any producer.
    to.array([], () => {});
    to.tags();
  },
  decode(from) {
    from.int32();
    const errorCode = from.int16();
    from.array(() => from.string());
    const transactions = from.array(() => {
      const one = { transactionalId: from.string(), producerId: from.int64(), state: from.string() };
      from.tags();
      return one;
    });
    return { errorCode, transactions };
  },
};
