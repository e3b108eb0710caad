/** The pattern of `SHOW … LIKE`, as MySQL writes it: `%`, `_`, and `\` before either. */
export function likePattern(pattern: string, caseInsensitive: boolean): (name: string) => boolean {
  let source = '';
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i] as string;
    const next = pattern[i + 1];
    if (char === '\\' && (next === '%' || next === '_' || next === '\\')) {
      source += next === '\\' ? '\\\\' : next;
      i++;
    } else if (char === '%') source += '.*';
    else if (char === '_') source += '.';
    else source += char.replace(/[\\^$.*+?()[\]{}|]/, '\\$&');
  }
  const expression = new RegExp(`^${source}$`, caseInsensitive ? 'isu' : 'su');
  return (name) => expression.test(name);
}
