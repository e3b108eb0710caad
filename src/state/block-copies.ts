/** Copies of blocks of one size, numbered from 0 on, in slabs of up to a MiB that are used again. */
const SLAB_BYTES = 1 << 20;

export class BlockCopies {
  readonly #blockWords: number;
  readonly #slabs: Int32Array[] = [];
  #slabBlocks = 1;
  #count = 0;

  constructor(blockWords: number) {
    this.#blockWords = blockWords;
  }

  get sizeBytes(): number {
    return this.#slabs.reduce((sum, slab) => sum + slab.byteLength, 0);
  }

  /** At most `blocks` copies will come. */
  begin(blocks: number): void {
    const most = Math.max(1, SLAB_BYTES / 4 / this.#blockWords);
    let slabBlocks = 1;
    while (slabBlocks < blocks && slabBlocks * 2 <= most) slabBlocks *= 2;
    if (slabBlocks !== this.#slabBlocks) this.#slabs.length = 0;
    this.#slabBlocks = slabBlocks;
    this.#count = 0;
  }

  /** Copies the block that begins at word `at` of a page, and gives the copy's number. */
  add(page: Int32Array, at: number): number {
    const copy = this.#count++;
    const words = this.#blockWords;
    const slab = Math.floor(copy / this.#slabBlocks);
    if (slab === this.#slabs.length) this.#slabs.push(new Int32Array(this.#slabBlocks * words));
    (this.#slabs[slab] as Int32Array).set(page.subarray(at, at + words), (copy % this.#slabBlocks) * words);
    return copy;
  }

  /** The first `sizeBytes` bytes of a copy. */
  bytes(copy: number, sizeBytes: number): Uint8Array {
    const { buffer, byteOffset } = this.#slabs[Math.floor(copy / this.#slabBlocks)] as Int32Array;
    return new Uint8Array(buffer, byteOffset + (copy % this.#slabBlocks) * this.#blockWords * 4, sizeBytes);
  }

  /** All copies may go. As much memory as they took the next ones will take, about: it is kept. */
  end(): void {
    this.#slabs.length = Math.ceil(this.#count / this.#slabBlocks);
    this.#count = 0;
  }
}
