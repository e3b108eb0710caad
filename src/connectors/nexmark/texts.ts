/**
 * The texts that events point into, drawn once per seed: the pool of `extra`, then the names and URLs of the channels.
 * All are ASCII and stand in one byte pool, which columns alias, so that an event copies none of them.
 */
import { type BytePool, POOL_PADDING, poolOver } from '../../types/vector.ts';
import { SplittableRandom } from './splittable-random.ts';

export const EXTRA_POOL_SIZE = 1_048_576;
export const HOT_CHANNELS = ['Google', 'Facebook', 'Baidu', 'Apple'];
export const CHANNELS = 10_000;

/** Places of texts in the pool, by channel: the four hot ones, then `channel-0` and on. */
export interface Texts {
  readonly pool: BytePool;
  readonly channelStart: Int32Array;
  readonly channelLength: Int32Array;
  readonly urlStart: Int32Array;
  readonly urlLength: Int32Array;
}

const SLASH = 47;
const UNDERSCORE = 95;
const BLANK = 32;
const LOWER_A = 97;
/** The first of Java's 31-bit draws that `nextInt(13)` and `nextInt(26)` reject. */
const REJECTED_13 = 2147483648 - (2147483648 % 13);
const REJECTED_26 = 2147483648 - (2147483648 % 26);

/**
 * Draws a text of 3 to `max` - 1 letters, one in thirteen of them `separator`, trims blanks, and writes it to `into`
 * from `at`. Returns its length.
 */
export function drawText(
  random: SplittableRandom,
  into: Uint8Array,
  at: number,
  max: number,
  separator = BLANK,
): number {
  const drawn = 3 + random.nextBounded(max - 3);
  let end = at;
  let trimmed = at;
  for (let k = 0; k < drawn; k++) {
    let u = random.nextInt() >>> 1;
    while (u >= REJECTED_13) u = random.nextInt() >>> 1;
    if (u % 13 === 0) {
      if (separator === BLANK && end === at) continue;
      into[end++] = separator;
      if (separator !== BLANK) trimmed = end;
    } else {
      u = random.nextInt() >>> 1;
      while (u >= REJECTED_26) u = random.nextInt() >>> 1;
      into[end++] = LOWER_A + (u % 26);
      trimmed = end;
    }
  }
  return trimmed - at;
}

/** The texts of a seed. */
export function makeTexts(seed: bigint): Texts {
  // The longest URL is 32 + 5 + 5 + 5 + 17 + 23 bytes.
  const u8 = new Uint8Array(EXTRA_POOL_SIZE + (CHANNELS + HOT_CHANNELS.length) * 100 + POOL_PADDING);
  const count = CHANNELS + HOT_CHANNELS.length;
  const texts: Texts = {
    pool: poolOver(u8),
    channelStart: new Int32Array(count),
    channelLength: new Int32Array(count),
    urlStart: new Int32Array(count),
    urlLength: new Int32Array(count),
  };
  fillExtraPool(u8, new SplittableRandom(BigInt.asUintN(64, 1000n * seed + 1n)));

  const random = new SplittableRandom(BigInt.asUintN(64, 1000n * seed + 2n));
  const { buf } = texts.pool;
  let end = EXTRA_POOL_SIZE;
  for (let c = 0; c < count; c++) {
    const cold = c - HOT_CHANNELS.length;
    texts.urlStart[c] = end;
    end = drawUrl(random, u8, buf, end);
    // As in Java, the absolute value of -2147483648 is itself: `| 0`.
    if (cold >= 0 && random.nextBounded(10) > 0)
      end += buf.latin1Write(`&channel_id=${Math.abs(reverseBits(cold)) | 0}`, end);
    texts.urlLength[c] = end - (texts.urlStart[c] as number);
    texts.channelStart[c] = end;
    end += buf.latin1Write(cold >= 0 ? `channel-${cold}` : (HOT_CHANNELS[c] as string), end);
    texts.channelLength[c] = end - (texts.channelStart[c] as number);
  }
  return texts;
}

/** Six characters a draw. The remainder takes the draw's sign, so codes run from 72 to 122. */
function fillExtraPool(u8: Uint8Array, random: SplittableRandom): void {
  let rest = 0;
  for (let k = 0; k < EXTRA_POOL_SIZE; k++) {
    if (k % 6 === 0) rest = random.nextInt();
    u8[k] = LOWER_A + (rest % 26);
    rest = Math.trunc(rest / 26);
  }
}

function drawUrl(random: SplittableRandom, u8: Uint8Array, buf: Buffer, start: number): number {
  let end = start + buf.latin1Write('https://www.nexmark.com/', start);
  for (let part = 0; part < 3; part++) {
    end += drawText(random, u8, end, 5, UNDERSCORE);
    u8[end++] = SLASH;
  }
  return end + buf.latin1Write('item.htm?query=1', end);
}

/** Java's `Integer.reverse`. */
function reverseBits(value: number): number {
  let reversed = 0;
  for (let bit = 0; bit < 32; bit++) reversed |= ((value >>> bit) & 1) << (31 - bit);
  return reversed;
}
