/** The functions that are called by name, aggregates and window table functions among them. */
import { aggregateInfos } from '../../functions/aggregates/registry.ts';
import { functionInfos } from '../../functions/registry.ts';

export interface CallableFunction {
  readonly name: string;
  readonly signature: string;
  readonly doc: string;
}

/** Their arguments are tables and descriptors, so they are no entries of a registry. */
export const WINDOW_FUNCTIONS: readonly CallableFunction[] = [
  {
    name: 'TUMBLE',
    signature: 'TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL size)',
    doc: 'Windows of one size, one after another.',
  },
  {
    name: 'HOP',
    signature: 'HOP(TABLE t, DESCRIPTOR(ts), INTERVAL slide, INTERVAL size)',
    doc: 'Windows that begin every slide and overlap.',
  },
  {
    name: 'CUMULATE',
    signature: 'CUMULATE(TABLE t, DESCRIPTOR(ts), INTERVAL step, INTERVAL max_size)',
    doc: 'Windows that grow by steps.',
  },
  {
    name: 'SESSION',
    signature: 'SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL gap)',
    doc: 'Windows that end where nothing came for the gap.',
  },
];

let known: readonly CallableFunction[] | undefined;
let names: ReadonlySet<string> | undefined;

export function callableFunctions(): readonly CallableFunction[] {
  known ??= [
    ...new Map(
      [...functionInfos(), ...aggregateInfos()]
        .flatMap(({ name, aliases, signature, doc }) =>
          [name, ...aliases].map((each) => ({ name: each, signature, doc })),
        )
        .filter(({ name }) => /^[A-Z][A-Z0-9_]*$/.test(name))
        .map((fn) => [fn.name, fn]),
    ).values(),
  ];
  return known;
}

export function isFunctionName(word: string): boolean {
  names ??= new Set([...callableFunctions(), ...WINDOW_FUNCTIONS].map(({ name }) => name));
  return names.has(word.toUpperCase());
}
