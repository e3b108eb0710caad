import { EngineError } from '../errors.ts';

/** Puts `--var name=value` in for `${name}`. A name without a value is an error that points at it. */
export function substituteVariables(sql: string, variables: ReadonlyMap<string, string>): string {
  return sql.replaceAll(/\$\{([^}\n]*)\}/g, (whole, name: string, offset: number) => {
    const value = variables.get(name.trim());
    if (value !== undefined) return value;
    const before = sql.slice(0, offset);
    const known = [...variables.keys()];
    throw new EngineError('undefined_object', `variable "${name}" has no value`, {
      hint: `Give it with --var ${name}=…, at the prompt with \\set ${name} …${known.length > 0 ? `; given were: ${known.join(', ')}` : ''}.`,
      span: {
        start: offset,
        end: offset + whole.length,
        line: before.split('\n').length,
        column: offset - before.lastIndexOf('\n'),
      },
    });
  });
}
