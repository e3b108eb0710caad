import { expect, test } from 'vitest';
import { PageLog, type PageOwner } from '../../../src/state/page-log.ts';
import { memoryFile } from '../../support/memory-file.ts';
import { randomOf } from '../../support/random.ts';

/** Pages by token, with where they are. */
class Owner implements PageOwner {
  readonly pages = new Map<number, { readonly bytes: Uint8Array; slot: number }>();

  moved(token: number, slot: number): void {
    const page = this.pages.get(token);
    if (page === undefined) throw new Error(`page ${token} moved and is not there`);
    page.slot = slot;
  }
}

test('every page is read as it was appended, while others come and go and move', () => {
  const random = randomOf(3);
  const file = memoryFile();
  const log = new PageLog(file);
  const owners = [new Owner(), new Owner()];
  let live = 0;
  for (let step = 0; step < 30_000; step++) {
    const owner = owners[random(2)] as Owner;
    const token = random(1500);
    const old = owner.pages.get(token);
    if (old !== undefined) {
      log.free(old.slot);
      owner.pages.delete(token);
      live -= Math.ceil(old.bytes.length / 4096);
    } else {
      const bytes = new Uint8Array(random(50) === 0 ? 8192 * (1 + random(8)) : 2000 + random(2000));
      bytes.fill(random(256));
      bytes[bytes.length - 1] = step;
      owner.pages.set(token, { bytes, slot: log.append(owner, token, bytes) });
      live += Math.ceil(bytes.length / 4096);
    }
    if (random(40) === 0) log.tidy();
    if (step % 100 !== 0) continue;
    for (const each of owners) {
      for (const { bytes, slot } of each.pages.values()) {
        if (random(20) > 0) continue;
        const into = new Uint8Array(bytes.length);
        log.read(slot, into);
        expect(Buffer.compare(into, bytes)).toBe(0);
      }
    }
  }
  // Half of it may be free, and some slack.
  expect(log.sizeBytes).toBeLessThan(2 * live * 4096 + (40 << 20));
  expect(file.sizeBytes).toBeLessThanOrEqual(log.sizeBytes);
});

test('a failure of the file is the answer to everything that follows', () => {
  let broken = false;
  const file = memoryFile();
  const log = new PageLog({
    ...file,
    write: (bytes, position) => {
      if (broken) throw new Error('no space left on the device');
      file.write(bytes, position);
    },
  });
  const owner = new Owner();
  const page = new Uint8Array(4096).fill(1);
  const append = (count: number): void => {
    for (let k = 0; k < count; k++) log.append(owner, k, page);
  };
  append(256);
  append(1);
  broken = true;
  // Only whole segments are written.
  append(255);
  expect(() => append(1)).toThrow('no space left');
  broken = false;
  expect(() => append(1)).toThrow('no space left');
  expect(() => log.read(0, page)).toThrow('no space left');
});
