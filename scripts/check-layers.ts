import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

// Enforces which way imports point in src/, and that nothing below the engine reaches the process, the disk, the network,
// the wall clock or chance except through src/platform. The table is the picture in ARCHITECTURE.md; change both together.
//
// A row lists what a folder may import besides its own files, layer 0 and (above it) layer 1. `value` is any import,
// `types` is `import type` only. An entry is an area (`functions`) or one file or folder in it (`parser/ast`).
// Usage: node scripts/check-layers.ts [root of the repository]

interface Area {
  readonly layer: number;
  readonly value?: readonly string[];
  readonly types?: readonly string[];
}

const connectorInterfaces = ['connectors/connector', 'connectors/catalog-type', 'formats/format'];

const areas: Readonly<Record<string, Area>> = {
  errors: { layer: 0 },
  diagnostics: { layer: 0 },
  platform: { layer: 0 },
  types: { layer: 1 },
  // A type name in SQL is text until it is bound: the parser does not see `types`.
  parser: { layer: 2 },
  functions: { layer: 2 },
  state: { layer: 2 },
  formats: { layer: 2 },
  // Marks of the state are written and read as pages; what they mean is the state's affair.
  checkpoint: { layer: 2, types: ['state/state'] },
  // A connector is handed its format by the runtime; only the interface of that is known to it.
  connectors: { layer: 2, types: ['formats/format'] },
  plan: { layer: 3, types: ['functions'] },
  catalog: { layer: 3, types: ['plan', 'functions', ...connectorInterfaces] },
  planner: { layer: 4, value: ['catalog', 'functions', 'plan'], types: ['parser/ast'] },
  runtime: { layer: 4, value: ['plan', 'functions', 'state', 'checkpoint'], types: connectorInterfaces },
  engine: {
    layer: 5,
    value: [
      'parser',
      'functions',
      'state',
      'checkpoint',
      'formats',
      'connectors',
      'plan',
      'catalog',
      'planner',
      'runtime',
      'session',
    ],
  },
  session: {
    layer: 5,
    value: ['parser', 'functions', 'state', 'formats', 'connectors', 'plan', 'catalog', 'planner', 'runtime', 'engine'],
  },
  // The public API names what the engine is made of and what it can be extended with.
  index: {
    layer: 6,
    value: ['engine', 'session', 'functions', 'formats', 'connectors'],
    types: ['parser', 'state', 'plan', 'catalog', 'runtime'],
  },
  server: { layer: 6, value: ['engine', 'session'] },
  output: { layer: 6, value: ['engine', 'session'] },
  shell: { layer: 6, value: ['engine', 'session', 'output'], types: ['parser/ast'] },
  cli: { layer: 6, value: ['engine', 'session', 'output', 'server', 'shell'] },
};

/** The first layer that may talk to the outside by itself. */
const outsideLayer = 5;
const outsideModules = new Set(
  ['fs', 'fs/promises', 'net', 'http', 'http2', 'https', 'tls', 'dgram', 'dns', 'child_process', 'process', 'readline']
    .concat(['os', 'perf_hooks', 'cluster', 'timers', 'timers/promises'])
    .flatMap((name) => [name, `node:${name}`]),
);
const outsideNames: readonly { readonly pattern: RegExp; readonly instead: string }[] = [
  { pattern: /(?<![\w.$#'])process\s*\.\s*\w+/g, instead: 'what the engine hands in' },
  { pattern: /(?<![\w.$#'])console\s*\.\s*\w+/g, instead: 'src/diagnostics.ts' },
  { pattern: /(?<![\w$])Date\s*\.\s*now\b/g, instead: 'the Clock of src/platform' },
  { pattern: /new\s+Date\s*\(\s*\)/g, instead: 'the Clock of src/platform' },
  { pattern: /(?<![\w$])performance\s*\.\s*\w+/g, instead: 'the Clock of src/platform' },
  { pattern: /(?<![\w$])Math\s*\.\s*random\b/g, instead: 'the Random of src/platform' },
  {
    pattern: /(?<![\w$])(?:randomUUID|randomBytes|randomInt|getRandomValues)\b/g,
    instead: 'the Random of src/platform',
  },
  { pattern: /(?<![\w.$#])(?:setTimeout|setInterval)\s*\(/g, instead: 'the Clock of src/platform' },
  { pattern: /(?<![\w.$#])fetch\s*\(/g, instead: 'the Transport of src/platform' },
];

interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
  readonly line: number;
}

const root = process.argv[2] ?? dirname(dirname(fileURLToPath(import.meta.url)));
const src = join(root, 'src');

function sourceFiles(): readonly string[] {
  return readdirSync(src, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.[cm]?[jt]s$/.test(entry.name))
    .map((entry) => relative(src, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .toSorted();
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

const commentOrLiteral = new RegExp(
  [
    /\/\*[\s\S]*?\*\//, // block comment
    /\/\/[^\n]*/, // line comment
    /'(?:\\.|[^'\\\n])*'/,
    /"(?:\\.|[^"\\\n])*"/,
    /`(?:\\[\s\S]|[^`\\])*`/,
    /(?<=(?:[(=,:[!&|?{};]|=>|\breturn)\s*)\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\//, // regular expression
  ]
    .map((part) => part.source)
    .join('|'),
  'g',
);

/** Replaces comments, and with `literals` also what stands in quotes, by blanks; keeps every offset and line break. */
function blank(text: string, literals: boolean): string {
  return text.replace(commentOrLiteral, (part) =>
    literals || part.startsWith('//') || part.startsWith('/*') ? part.replace(/[^\n]/g, ' ') : part,
  );
}

/** `import type …` and `import { type A, type B } …` count as type only, as do their `export` forms and `import('…').T`. */
function importsOf(text: string): readonly Import[] {
  const found: Import[] = [];
  const code = blank(text, false);
  const statement = /(?:^|[;}\n])\s*(?:import|export)\s+(type\s+)?([\w*$\s{},]*?)\s*from\s*['"]([^'"]+)['"]/g;
  for (const match of code.matchAll(statement)) {
    const names = /^\{([^}]*)\}$/.exec((match[2] ?? '').trim())?.[1];
    const listed = names?.split(',').map((name) => name.trim()) ?? [];
    const allTypes = listed.length > 0 && listed.every((name) => name === '' || name.startsWith('type '));
    const start = match.index + match[0].search(/import|export/);
    found.push({ specifier: match[3] ?? '', typeOnly: match[1] !== undefined || allTypes, line: lineOf(code, start) });
  }
  for (const match of code.matchAll(/(?:^|[;\n])\s*import\s*['"]([^'"]+)['"]/g)) {
    found.push({
      specifier: match[1] ?? '',
      typeOnly: false,
      line: lineOf(code, match.index + match[0].indexOf('import')),
    });
  }
  for (const match of code.matchAll(/(?<![\w.$])(typeof\s+)?import\s*\(\s*['"]([^'"]+)['"]\s*\)(\s*\.\s*[A-Z]\w*)?/g)) {
    const typeOnly = match[1] !== undefined || match[3] !== undefined;
    found.push({ specifier: match[2] ?? '', typeOnly, line: lineOf(code, match.index) });
  }
  return found;
}

function areaOf(path: string): string {
  return (path.split('/')[0] ?? path).replace(/\.[cm]?[jt]s$/, '');
}

function covers(entry: string, target: string): boolean {
  return target === entry || target.startsWith(`${entry}/`) || target.startsWith(`${entry}.`);
}

/** A connector's folder stands alone: only files beside the folders (the registry) see more than one. */
function whyForbiddenConnector(file: string, target: string): string | undefined {
  const [, folder, ...rest] = file.split('/');
  const [, targetFolder, ...targetRest] = target.split('/');
  if (rest.length === 0 || targetRest.length === 0 || folder === targetFolder) return undefined;
  return `connectors/${folder} may not import another connector`;
}

/** Says why `file` may not import `target` (both relative to src/), or nothing if it may. */
function whyForbidden(file: string, target: string, typeOnly: boolean): string | undefined {
  const from = areaOf(file);
  const to = areaOf(target);
  const area = areas[from];
  const targetArea = areas[to];
  if (area === undefined) return undefined;
  if (from === 'connectors' && to === 'connectors') return whyForbiddenConnector(file, target);
  if (from === to) return undefined;
  if (targetArea === undefined) return `src/${to} has no row in the table of layers`;
  if (targetArea.layer === 0) return undefined;
  if (targetArea.layer === 1 && area.layer >= 1 && from !== 'parser') return undefined;
  if (area.value?.some((entry) => covers(entry, target))) return undefined;
  if (area.types?.some((entry) => covers(entry, target))) {
    return typeOnly ? undefined : `${from} may import it only with "import type"`;
  }
  const allowed = [...(area.value ?? []), ...(area.types ?? []).map((entry) => `${entry} (type)`)];
  const layers = area.layer === 0 ? 'layer 0' : from === 'parser' ? 'errors, diagnostics, platform' : 'layers 0 and 1';
  return `${from} may import ${[layers, ...allowed].join(', ')}`;
}

function checkFile(file: string): readonly string[] {
  const text = readFileSync(join(src, file), 'utf8');
  const area = areas[areaOf(file)];
  if (area === undefined) return [`src/${file}: src/${areaOf(file)} has no row in the table of layers`];
  const violations: string[] = [];
  const guarded = area.layer < outsideLayer && areaOf(file) !== 'platform';
  for (const { specifier, typeOnly, line } of importsOf(text)) {
    const at = `src/${file}:${line}: "${specifier}"`;
    if (specifier.startsWith('.')) {
      const target = relative(src, join(src, dirname(file), specifier)).replaceAll('\\', '/');
      if (target.startsWith('..')) {
        violations.push(`${at}: a source file imports only from src/`);
        continue;
      }
      if (!/\.[cm]?[jt]s(on)?$/.test(target)) violations.push(`${at}: write the file's extension`);
      const why = whyForbidden(file, target, typeOnly);
      if (why !== undefined) violations.push(`${at}: ${why}`);
    } else if (guarded && !typeOnly && outsideModules.has(specifier)) {
      violations.push(`${at}: ${areaOf(file)} reaches the outside only through src/platform`);
    }
  }
  if (guarded) {
    const code = blank(text, true);
    for (const { pattern, instead } of outsideNames) {
      for (const match of code.matchAll(pattern)) {
        violations.push(`src/${file}:${lineOf(code, match.index)}: ${match[0].trim()}: use ${instead}`);
      }
    }
  }
  return violations;
}

const files = sourceFiles();
const violations = files.flatMap(checkFile);
for (const violation of violations) console.error(violation);
console.log(`layers: ${files.length} files, ${violations.length} violations`);
if (violations.length > 0) process.exit(1);
