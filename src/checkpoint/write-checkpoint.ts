/**
 * Writes a checkpoint: pages that changed go to a file of its own, the others stay where an earlier checkpoint wrote
 * them; the manifest, which names them all, comes last and by a rename.
 */
import type { FaultPoints } from '../platform/fault-points.ts';
import type { FileSystem } from '../platform/platform.ts';
import type { StateMark } from '../state/state.ts';
import { renderManifest } from './manifest.ts';
import { PageFile, type PagePlace } from './page-file.ts';
import { writeWhole } from './stored-checkpoint.ts';

/** What a checkpoint is made of: the states as they were at one moment, and plain data about all else. */
export interface CheckpointDraft {
  readonly epoch: number;
  readonly states: readonly { readonly id: string; readonly mark: StateMark }[];
  readonly body: unknown;
}

/** Where pages stand, by the state and by the name that `StateMark.idOf` gives them. */
export type PagePlaces = ReadonlyMap<string, ReadonlyMap<string, PagePlace>>;

export interface WrittenCheckpoint {
  readonly epoch: number;
  readonly path: string;
  readonly places: PagePlaces;
  /** The page files that it needs, with their sizes. */
  readonly files: ReadonlyMap<string, number>;
  /** Bytes of all its pages. */
  readonly sizeBytes: number;
  /** Bytes written for it. */
  readonly writtenBytes: number;
}

export interface WriteOptions {
  readonly fileSystem: FileSystem;
  readonly faults: FaultPoints;
  readonly directory: string;
  /** Pages that are on disk already, and the sizes of the files that hold them. */
  readonly before: { readonly places: PagePlaces; readonly files: ReadonlyMap<string, number> };
  /** Passed right before the checkpoint becomes valid. */
  readonly check: () => Promise<void>;
}

/** Files that hold less than this share of live pages are not referred to any more. */
const LEAST_LIVE = 0.5;
/** Nor are the emptiest ones beyond this many. */
const MOST_FILES = 32;

export const manifestName = (epoch: number): string => `chk-${epoch}.json`;
const pagesName = (epoch: number): string => `chk-${epoch}.pages`;

export async function writeCheckpoint(draft: CheckpointDraft, options: WriteOptions): Promise<WrittenCheckpoint> {
  const { fileSystem, faults, directory, before } = options;
  const { epoch } = draft;
  faults.reach('checkpoint.before-write');
  const kept = unchangedPages(draft, before.places);
  const sparse = sparseFiles(kept, before.files);
  if (sparse.size > 0) faults.reach('checkpoint.compaction');
  const file = new PageFile(fileSystem, directory, pagesName(epoch));
  const path = `${directory}/${manifestName(epoch)}`;
  try {
    const places = new Map<string, Map<string, PagePlace>>();
    for (const [s, { id, mark }] of draft.states.entries()) {
      const own = new Map<string, PagePlace>();
      places.set(id, own);
      for (let page = 0; page < mark.pageCount; page++) {
        let place = kept[s]?.[page];
        if (place === undefined || sparse.has(place.file)) {
          place = file.add(mark.read(page));
          if (file.full) await file.empty();
        }
        own.set(mark.idOf(page), place);
      }
    }
    await file.finish();
    faults.reach('checkpoint.after-write');
    const files = new Map(before.files);
    if (file.sizeBytes > 0) files.set(pagesName(epoch), file.sizeBytes);
    const { bytes, used, sizeBytes } = manifestOf(draft, places, files);
    await writeWhole(fileSystem, path, bytes, async () => {
      await options.check();
      faults.reach('checkpoint.before-rename');
    });
    faults.reach('checkpoint.after-rename');
    return { epoch, path, places, files: used, sizeBytes, writtenBytes: file.sizeBytes + bytes.length };
  } catch (error) {
    await discard(options, file, path).catch(() => {
      // The failure that led here says more; what stays behind is removed with the next old checkpoint.
    });
    throw error;
  }
}

/** By state and page the place of what did not change since it was written. */
function unchangedPages({ states }: CheckpointDraft, before: PagePlaces): (PagePlace | undefined)[][] {
  return states.map(({ id, mark }) => {
    const known = before.get(id);
    return Array.from({ length: mark.pageCount }, (_, page) =>
      known === undefined || mark.changed(page) ? undefined : known.get(mark.idOf(page)),
    );
  });
}

/** Files whose live pages are worth writing anew, so that the files can go. */
function sparseFiles(
  kept: readonly (readonly (PagePlace | undefined)[])[],
  sizes: ReadonlyMap<string, number>,
): ReadonlySet<string> {
  const live = new Map<string, number>();
  for (const pages of kept) {
    for (const place of pages)
      if (place !== undefined) live.set(place.file, (live.get(place.file) ?? 0) + place.length);
  }
  const sparse = new Set(
    [...live.keys()].filter((name) => (live.get(name) as number) < LEAST_LIVE * (sizes.get(name) ?? 0)),
  );
  const rest = [...live].filter(([name]) => !sparse.has(name)).sort((a, b) => a[1] - b[1]);
  for (const [name] of rest.slice(0, Math.max(0, rest.length - MOST_FILES))) sparse.add(name);
  return sparse;
}

function manifestOf(
  { epoch, states, body }: CheckpointDraft,
  places: PagePlaces,
  sizes: ReadonlyMap<string, number>,
): { readonly bytes: Uint8Array; readonly used: ReadonlyMap<string, number>; readonly sizeBytes: number } {
  const numbers = new Map<string, number>();
  let sizeBytes = 0;
  const stored = states.map(({ id, mark }) => {
    const pages: number[] = [];
    for (const { file, offset, length, crc } of places.get(id)?.values() ?? []) {
      let number = numbers.get(file);
      if (number === undefined) numbers.set(file, (number = numbers.size));
      pages.push(number, offset, length, crc);
      sizeBytes += length;
    }
    return { id, description: mark.describe(), pages };
  });
  const used = new Map([...numbers.keys()].map((name) => [name, sizes.get(name) as number]));
  const files = [...used].map(([name, size]) => ({ name, sizeBytes: size }));
  const bytes = renderManifest({ epoch, files, states: stored, body });
  return { bytes, used, sizeBytes: sizeBytes + bytes.length };
}

/** Frees the space of what will not become valid: it may be what there was too little of. */
async function discard({ fileSystem, directory }: WriteOptions, file: PageFile, manifest: string): Promise<void> {
  await file.close();
  // It may have become valid all the same: then only the sync of its directory has failed.
  if ((await fileSystem.stat(manifest)) !== null) return;
  if (file.sizeBytes > 0) await fileSystem.remove(`${directory}/${file.name}`);
}
