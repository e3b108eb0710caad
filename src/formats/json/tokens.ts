/** The bytes of JSON. */
export const QUOTE = 34;
export const BACKSLASH = 92;
export const COMMA = 44;
export const COLON = 58;
export const OPEN_BRACE = 123;
export const CLOSE_BRACE = 125;
export const OPEN_BRACKET = 91;
export const CLOSE_BRACKET = 93;
export const NEWLINE = 10;

/** `null`, `true` and `alse` as little-endian words. */
export const NULL_WORD = 0x6c6c756e;
export const TRUE_WORD = 0x65757274;
export const ALSE_WORD = 0x65736c61;
