/**
 * Of members with equal names the last one wins, so an earlier one of the wrong type does no harm. The decoder reads
 * in one pass and stumbles over it; it then blanks the earlier members of that record and reads it again.
 */
import { keyText } from './convert.ts';
import { type ScanInput, scanString, skipSpace, skipValue } from './scan.ts';
import { CLOSE_BRACE, CLOSE_BRACKET, COMMA, OPEN_BRACE, OPEN_BRACKET } from './tokens.ts';

/** Overwrites with blanks each member of the checked value at `start` that a later one overrides; false if none. */
export function blankDuplicates(input: ScanInput, start: number): boolean {
  const { u8 } = input;
  let blanked = false;

  const value = (p: number): number => {
    if (u8[p] === OPEN_BRACE) return members(skipSpace(u8, p + 1));
    if (u8[p] === OPEN_BRACKET) return elements(skipSpace(u8, p + 1));
    return skipValue(input, p, 0);
  };

  const elements = (p: number): number => {
    while (u8[p] !== CLOSE_BRACKET) {
      p = skipSpace(u8, value(p));
      if (u8[p] === COMMA) p = skipSpace(u8, p + 1);
    }
    return p + 1;
  };

  const members = (p: number): number => {
    const seen = new Map<string, readonly [number, number]>();
    while (u8[p] !== CLOSE_BRACE) {
      const from = p;
      const keyEnd = scanString(input, p + 1);
      const name = keyText(u8, p + 1, keyEnd);
      p = skipSpace(u8, value(skipSpace(u8, skipSpace(u8, keyEnd + 1) + 1)));
      if (u8[p] === COMMA) p++;
      const earlier = seen.get(name);
      if (earlier !== undefined) {
        // A later member follows, so the comma behind this one goes with it.
        u8.fill(32, earlier[0], earlier[1]);
        blanked = true;
      }
      seen.set(name, [from, p]);
      p = skipSpace(u8, p);
    }
    return p + 1;
  };

  value(skipSpace(u8, start));
  return blanked;
}
