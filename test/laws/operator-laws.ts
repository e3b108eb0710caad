/**
 * The laws of an operator. For any input: (1) what it emits does not depend on how rows were cut into batches; (2) nor
 * on a snapshot and a restore into a fresh operator between any two calls, and no write escapes a mark that is held;
 * (3) where a naive model is given, it is what the model says.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type OperatorUnderTest, type RunOptions, type Step, runOperator } from './operator-harness.ts';

interface LawOptions {
  /** Runs of each property. */
  readonly runs?: number;
  /** What a naive implementation emits for the same steps, rows only (`+I[1, a]`), in order. */
  readonly model?: (steps: readonly Step[]) => readonly string[];
}

const LIVES: readonly (RunOptions & { readonly name: string })[] = [
  { name: 'in batches of 7', batchSize: 7, restoreEvery: null },
  { name: 'in batches of 1,024', batchSize: 1024, restoreEvery: null },
  { name: 'with a restore after every row', batchSize: 1, restoreEvery: 1 },
  { name: 'with a restore after every second batch of 7', batchSize: 7, restoreEvery: 2 },
  {
    name: 'with a restore by record after every second batch of 3',
    batchSize: 3,
    restoreEvery: 2,
    restoreByRecord: true,
  },
  { name: 'while marks are held', batchSize: 2, restoreEvery: 9, marks: true },
  { name: 'spilled', batchSize: 5, restoreEvery: 12, spilled: true },
  { name: 'spilled while marks are held', batchSize: 2, restoreEvery: 9, marks: true, spilled: true },
];

/** `inputs` draws what is fed to the operator; `subject` may be drawn with it, for operators with many settings. */
export function describeOperatorLaws<T extends OperatorUnderTest>(
  name: string,
  cases: fc.Arbitrary<{ readonly subject: T; readonly steps: readonly Step[] }>,
  options: LawOptions & { readonly modelOf?: (subject: T) => (steps: readonly Step[]) => readonly string[] } = {},
): void {
  const numRuns = options.runs ?? 60;
  describe(`operator laws: ${name}`, () => {
    for (const life of LIVES) {
      test(`emits the same ${life.name}`, () => {
        fc.assert(
          fc.property(cases, ({ subject, steps }) => {
            const expected = runOperator(subject, steps, { batchSize: 1, restoreEvery: null });
            expect(runOperator(subject, steps, life)).toEqual(expected);
          }),
          { numRuns },
        );
      });
    }

    const { model, modelOf } = options;
    if (model === undefined && modelOf === undefined) return;
    test('emits what the naive model says', () => {
      fc.assert(
        fc.property(cases, ({ subject, steps }) => {
          const { emitted } = runOperator(subject, steps, { batchSize: 7, restoreEvery: null });
          const rows = emitted.filter((line) => !line.startsWith('watermark'));
          expect(rows).toEqual((model ?? modelOf?.(subject))?.(steps));
        }),
        { numRuns },
      );
    });
  });
}
