import type { FunctionCall } from '../../parser/ast.ts';

/** The hint for `read_csv('x.csv')` and its kind, which read files in other dialects; undefined for other calls. */
export function fileFunctionHint(call: FunctionCall): string | undefined {
  const name = call.name.parts.at(-1)?.name ?? '';
  if (!/^(?:read|scan)_(?:csv|json|ndjson)\w*$|^(?:csv|json|file)$/i.test(name)) return undefined;
  const argument = call.arguments[0]?.value;
  const path = argument?.kind === 'stringLiteral' ? argument.value : 'file.csv';
  return `A file is a table: FROM '${path.replaceAll("'", "''")}'; "millrace infer ${path}" prints its CREATE TABLE.`;
}
