// Methods of Node's Buffer that its published types leave out. They are the fast way between UTF-8 bytes and strings,
// since they take offsets and allocate no view.
interface Buffer {
  utf8Slice(start: number, end: number): string;
  latin1Slice(start: number, end: number): string;
  utf8Write(text: string, offset?: number, length?: number): number;
  latin1Write(text: string, offset?: number, length?: number): number;
}
