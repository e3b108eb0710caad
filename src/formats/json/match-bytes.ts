/** The bytes of a double at `at` as a number literal, or undefined where equality of doubles is not that of bytes. */
function doubleLiteral(bytes: Buffer, at: number): string | undefined {
  const value = bytes.readDoubleLE(at);
  return value !== value || value === 0 ? undefined : String(value);
}

/**
 * JavaScript text that is true when the input at position `p` holds exactly `bytes`: eight at a time, the last load
 * overlapping. `u` and `v` are the input.
 */
export function matchBytes(bytes: Uint8Array, p: string): string {
  const buffer = Buffer.from(bytes);
  const length = buffer.length;
  const tests: string[] = [];
  const one = (at: number): number => tests.push(`u[${p}+${at}]===${buffer[at]}`);
  const four = (at: number): number => tests.push(`v.getInt32(${p}+${at},true)===${buffer.readInt32LE(at)}`);
  const eight = (at: number): void => {
    const literal = doubleLiteral(buffer, at);
    if (literal !== undefined) tests.push(`v.getFloat64(${p}+${at},true)===${literal}`);
    else {
      four(at);
      four(at + 4);
    }
  };
  if (length < 4) {
    for (let at = 0; at < length; at++) one(at);
  } else if (length < 8) {
    four(0);
    if (length === 5) one(4);
    else if (length > 5) four(length - 4);
  } else {
    let at = 0;
    for (; at + 8 <= length; at += 8) eight(at);
    const rest = length - at;
    if (rest === 1) one(at);
    else if (rest > 4) eight(length - 8);
    else if (rest > 0) four(length - 4);
  }
  return tests.length === 0 ? 'true' : tests.join('&&');
}
