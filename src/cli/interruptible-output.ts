import type { TextOutput } from '../platform/platform.ts';

/**
 * An output that holds nobody up once the user has interrupted: a reader that takes nothing must not keep jobs from
 * ending. What is written then still goes out as far as the reader takes it.
 */
export function interruptibleOutput(output: TextOutput, interrupted: Promise<unknown>): TextOutput {
  let over = false;
  const held = new Set<() => void>();
  const release = async (): Promise<void> => {
    await interrupted;
    over = true;
    for (const letGo of held) letGo();
  };
  void release();
  return {
    write(text) {
      const written = output.write(text);
      if (written === undefined) return undefined;
      if (over) {
        written.catch(() => {});
        return undefined;
      }
      return new Promise((resolve, reject) => {
        held.add(resolve);
        written.then(resolve, reject).finally(() => held.delete(resolve));
      });
    },
  };
}
