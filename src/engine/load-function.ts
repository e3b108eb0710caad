/**
 * `CREATE FUNCTION f AS './file.ts#name' LANGUAGE JAVASCRIPT`: the export of a module, with its types as properties
 * (`f.args = ['STRING']; f.returns = 'INT'`) or in WITH (`'args' = 'STRING, INT', 'returns' = 'INT'`).
 */
import { isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { EngineError } from '../errors.ts';
import type { UserFunction } from '../functions/user/user-function.ts';
import type { AlterFunction, CreateFunction } from '../parser/ast.ts';
import { type AggregateSpec, type FunctionBody, type FunctionSpec, userFunction } from './function-spec.ts';

const LANGUAGES: ReadonlySet<string> = new Set(['JAVASCRIPT', 'TYPESCRIPT', 'JS', 'TS']);

/** The function, or undefined where it is in another language. `folder`: where relative paths begin. */
export async function loadFunction(
  statement: CreateFunction | AlterFunction,
  folder: string,
): Promise<UserFunction | undefined> {
  if (statement.language === null || !LANGUAGES.has(statement.language)) return undefined;
  const name = statement.name.parts.at(-1)?.name ?? '';
  const [path, exported = name] = statement.className.value.split('#') as [string, string?];
  const found = await load(path, exported, folder);
  const options = 'options' in statement ? statement.options : [];
  const given = Object.fromEntries(options.map(({ key, value }) => [key.value, value.value]));
  const spec = specOf(name, found, given);
  return userFunction(name, spec, typeof found === 'function' ? (found as FunctionBody) : null);
}

async function load(path: string, name: string, folder: string): Promise<unknown> {
  // What is no path is a package.
  const isPath = /^\.{0,2}\//.test(path) || isAbsolute(path);
  const target = isPath ? pathToFileURL(resolve(folder, path)).href : path;
  let module: Readonly<Record<string, unknown>>;
  try {
    module = (await import(target)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new EngineError('undefined_file', `module '${path}' cannot be loaded`, {
      detail: reason.replaceAll(pathToFileURL(`${folder}/`).href, './').replaceAll(`${folder}/`, './'),
      hint: isPath ? `Paths begin at the folder of the script, or else the working folder.` : undefined,
      cause: error,
    });
  }
  if (Object.hasOwn(module, name)) return module[name];
  const names = Object.keys(module).map((each) => `"${each}"`);
  throw new EngineError('undefined_function', `module '${path}' exports no "${name}"`, {
    hint:
      names.length === 0 ? 'It exports nothing.' : `It exports ${names.join(', ')}. Name one behind #: '${path}#name'.`,
  });
}

const GENERATOR = /^(Async)?GeneratorFunction$/;

/** What the export says of itself, what WITH says put over it; the kind also follows from what the export is. */
function specOf(name: string, found: unknown, given: Readonly<Record<string, string>>): FunctionSpec | AggregateSpec {
  const known = new Set([
    'args',
    'returns',
    'kind',
    'deterministic',
    'strict',
    'ordered',
    'concurrency',
    'timeout',
    'attempts',
    'retryDelay',
  ]);
  const unknown = Object.keys(given).find((key) => !known.has(key));
  if (unknown !== undefined) {
    throw new EngineError('invalid_option', `function ${name} has no option '${unknown}'`, {
      hint: `Its options are: ${[...known].join(', ')}.`,
    });
  }
  if ((typeof found !== 'object' || found === null) && typeof found !== 'function') {
    throw new EngineError('invalid_definition', `the export for function ${name} is not a function`);
  }
  const own = found as Readonly<Record<string, unknown>>;
  const constructor = typeof found === 'function' ? found.constructor.name : '';
  const kind =
    constructor === 'AsyncFunction' ? { kind: 'async' } : GENERATOR.test(constructor) ? { kind: 'table' } : {};
  const said = Object.fromEntries([...known].filter((key) => own[key] !== undefined).map((key) => [key, own[key]]));
  const written = Object.fromEntries(Object.entries(given).map(([key, text]) => [key, valueOf(key, text)]));
  const spec = { ...kind, ...said, ...written } as unknown as FunctionSpec;
  if (typeof found === 'function') return spec;
  return { ...(found as AggregateSpec), ...spec, ...bound(found as AggregateSpec) } as AggregateSpec;
}

/** The methods of an aggregate that may be an instance of a class. */
function bound(found: AggregateSpec): Partial<AggregateSpec> {
  const { create, accumulate, retract, result } = found;
  if (typeof create !== 'function' || typeof accumulate !== 'function' || typeof result !== 'function') {
    throw new EngineError('invalid_definition', 'an aggregate function needs create, accumulate and result');
  }
  return {
    create: () => create.call(found),
    accumulate: (state, ...args) => accumulate.call(found, state, ...args),
    result: (state) => result.call(found, state),
    ...(retract === undefined ? {} : { retract: (state, ...args) => retract.call(found, state, ...args) }),
  };
}

function valueOf(key: string, text: string): unknown {
  if (key === 'args') return text.trim() === '' ? [] : splitTypes(text);
  if (key === 'deterministic' || key === 'strict' || key === 'ordered') return text.trim().toLowerCase() === 'true';
  if (key === 'concurrency' || key === 'attempts') return Number(text);
  return text;
}

/** `STRING, DECIMAL(10, 2), ROW<a INT, b INT>` at the commas outside of parentheses and angle brackets. */
function splitTypes(text: string): string[] {
  const types: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i <= text.length; i++) {
    const char = text[i];
    if (char === '(' || char === '<') depth++;
    else if (char === ')' || char === '>') depth--;
    else if (char === undefined || (char === ',' && depth === 0)) {
      types.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  return types;
}
