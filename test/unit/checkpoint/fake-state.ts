import type { CheckpointDraft } from '../../../src/checkpoint/write-checkpoint.ts';
import type { StoredCheckpoint } from '../../../src/checkpoint/stored-checkpoint.ts';
import type { StateMark, WrittenState } from '../../../src/state/state.ts';

/** Pages of a state, to be changed and marked. */
export class FakeState {
  readonly #pages: { bytes: Uint8Array; changed: boolean }[] = [];

  set(page: number, bytes: Uint8Array): void {
    this.#pages[page] = { bytes, changed: true };
  }

  mark(): StateMark {
    const pages = this.#pages.map(({ bytes, changed }) => ({ bytes: bytes.slice(), changed }));
    return {
      describe: () => ({ pages: pages.length }),
      pageCount: pages.length,
      changed: (page) => pages[page]!.changed,
      sizeOf: (page) => pages[page]!.bytes.length,
      idOf: (page) => `p${page}`,
      read: (page) => pages[page]!.bytes,
      release: (written) => {
        if (!written) return;
        pages.forEach(({ bytes }, page) => {
          const now = this.#pages[page]!;
          if (Buffer.compare(now.bytes, bytes) === 0) now.changed = false;
        });
      },
    };
  }
}

export const draftOf = (
  epoch: number,
  states: Readonly<Record<string, FakeState>>,
  body: unknown,
): CheckpointDraft => ({
  epoch,
  states: Object.entries(states).map(([id, state]) => ({ id, mark: state.mark() })),
  body,
});

export function release(draft: CheckpointDraft, written: boolean): void {
  for (const { mark } of draft.states) mark.release(written);
}

/** All that a checkpoint holds, as text, for comparing. */
export function contentOf(stored: StoredCheckpoint): string {
  const states = [...stored.states].map(([id, state]) => [id, state.description, pagesOf(state)]);
  return JSON.stringify([stored.manifest.epoch, stored.manifest.body, states]);
}

/** What `contentOf` will give once the draft was written and read. */
export function contentOfDraft({ epoch, body, states }: CheckpointDraft): string {
  return JSON.stringify([
    epoch,
    body,
    states.map(({ id, mark }) => [
      id,
      mark.describe(),
      Array.from({ length: mark.pageCount }, (_, page) => hex(mark.read(page))),
    ]),
  ]);
}

function pagesOf(state: WrittenState): string[] {
  const { pages } = state.description as { readonly pages: number };
  return Array.from({ length: pages }, (_, page) => hex(state.page(page)));
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
