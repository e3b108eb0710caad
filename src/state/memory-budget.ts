/**
 * How much memory the state of a job may take, over all operators and subtasks, and the file for what is beyond.
 *
 * Counted is the memory of pages that are in memory; not counted are hash slots (about 16 bytes a key where state may
 * spill), 40 bytes a page, and what is loaded between two safe points. A **safe point** is a moment at which no code holds
 * a page: there, and only there, pages leave memory, those first that were not used lately.
 */
import type { PositionedFile } from '../platform/platform.ts';
import { PageLog } from './page-log.ts';

const MOST_HEADROOM = 4 << 20;

/** A set of pages that can leave memory. */
export interface Spilling {
  readonly residentBytes: number;
  /** Lets go of about so many bytes. */
  evict(bytes: number): void;
}

export interface BudgetOptions {
  readonly limitBytes: number;
  /** Nobody else's; what is in it is of no interest. */
  readonly file: PositionedFile;
}

export class MemoryBudget {
  readonly limitBytes: number;
  readonly log: PageLog;
  readonly #sets = new Set<Spilling>();
  /** Kept by the sets. */
  usedBytes = 0;

  constructor({ limitBytes, file }: BudgetOptions) {
    this.limitBytes = limitBytes;
    this.log = new PageLog(file);
  }

  add(set: Spilling): void {
    this.#sets.add(set);
  }

  delete(set: Spilling): void {
    this.#sets.delete(set);
  }

  /** A safe point. */
  relax(): void {
    if (this.usedBytes <= this.limitBytes) return;
    // Some more than must go, so that not every safe point of small batches looks for pages.
    const over = this.usedBytes - this.limitBytes + Math.min(this.limitBytes >> 4, MOST_HEADROOM);
    const used = this.usedBytes;
    for (const set of this.#sets) {
      if (set.residentBytes > 0) set.evict(Math.ceil((over * set.residentBytes) / used));
    }
    this.log.tidy();
  }

  /** The state is of no use afterwards; the file is the caller's again. */
  close(): void {
    this.#sets.clear();
    this.log.close();
  }
}
