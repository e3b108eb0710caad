/**
 * The error catalogue and the one error class.
 *
 * Message style: lower case, no full stop, names what was attempted. Detail and hint are sentences; the hint says
 * what exists or the way round. A user error carries a span into the SQL text, an external error carries its cause.
 */

/** A range of the SQL text: offsets in UTF-16 units, `end` exclusive; line and column of the start, both from 1. */
export interface SourceSpan {
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly column: number;
}

export type ErrorDomain = 'user' | 'external' | 'internal';

interface ErrorKind {
  readonly sqlState: string;
  readonly domain: ErrorDomain;
  /** Whether a restart of the job may succeed without a change by the user. */
  readonly retryable: boolean;
}

/** Every error the product raises: code → SQLSTATE, domain, retry. One line per kind. */
export const ERROR_CATALOGUE = {
  syntax_error: { sqlState: '42601', domain: 'user', retryable: false },
  reserved_word: { sqlState: '42939', domain: 'user', retryable: false },
  undefined_column: { sqlState: '42703', domain: 'user', retryable: false },
  ambiguous_column: { sqlState: '42702', domain: 'user', retryable: false },
  undefined_table: { sqlState: '42P01', domain: 'user', retryable: false },
  undefined_function: { sqlState: '42883', domain: 'user', retryable: false },
  undefined_object: { sqlState: '42704', domain: 'user', retryable: false },
  duplicate_object: { sqlState: '42710', domain: 'user', retryable: false },
  duplicate_column: { sqlState: '42701', domain: 'user', retryable: false },
  datatype_mismatch: { sqlState: '42804', domain: 'user', retryable: false },
  cannot_coerce: { sqlState: '42846', domain: 'user', retryable: false },
  grouping_error: { sqlState: '42803', domain: 'user', retryable: false },
  windowing_error: { sqlState: '42P20', domain: 'user', retryable: false },
  invalid_definition: { sqlState: '42P16', domain: 'user', retryable: false },
  invalid_option: { sqlState: '22023', domain: 'user', retryable: false },
  unsupported: { sqlState: '0A000', domain: 'user', retryable: false },
  numeric_out_of_range: { sqlState: '22003', domain: 'user', retryable: false },
  division_by_zero: { sqlState: '22012', domain: 'user', retryable: false },
  invalid_cast: { sqlState: '22018', domain: 'user', retryable: false },
  invalid_datetime: { sqlState: '22007', domain: 'user', retryable: false },
  not_null_violation: { sqlState: '23502', domain: 'user', retryable: false },
  cardinality_violation: { sqlState: '21000', domain: 'user', retryable: false },
  invalid_regex: { sqlState: '2201B', domain: 'user', retryable: false },
  bad_record: { sqlState: '22P04', domain: 'user', retryable: false },
  program_limit_exceeded: { sqlState: '54000', domain: 'user', retryable: false },
  object_in_use: { sqlState: '55006', domain: 'user', retryable: false },
  not_in_prerequisite_state: { sqlState: '55000', domain: 'user', retryable: false },
  undefined_file: { sqlState: '58P01', domain: 'user', retryable: false },
  io_error: { sqlState: '58030', domain: 'external', retryable: true },
  connection_failure: { sqlState: '08006', domain: 'external', retryable: true },
  connection_timeout: { sqlState: '08001', domain: 'external', retryable: true },
  request_refused: { sqlState: '58000', domain: 'external', retryable: false },
  protocol_violation: { sqlState: '08P01', domain: 'external', retryable: false },
  authentication_failed: { sqlState: '28000', domain: 'user', retryable: false },
  authorization_failed: { sqlState: '42501', domain: 'user', retryable: false },
  data_corrupted: { sqlState: 'XX001', domain: 'external', retryable: false },
  data_lost: { sqlState: '58P04', domain: 'external', retryable: false },
  state_mismatch: { sqlState: '55000', domain: 'user', retryable: false },
  user_function_failed: { sqlState: '38000', domain: 'user', retryable: false },
  query_cancelled: { sqlState: '57014', domain: 'user', retryable: false },
  internal_error: { sqlState: 'XX000', domain: 'internal', retryable: false },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERROR_CATALOGUE;

export interface ErrorExtra {
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  readonly span?: SourceSpan | undefined;
  readonly cause?: unknown;
}

/** The one error class. `code` keys the catalogue; the rest is what a person reads. */
export class EngineError extends Error {
  readonly code: ErrorCode;
  readonly sqlState: string;
  readonly domain: ErrorDomain;
  readonly retryable: boolean;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  readonly span: SourceSpan | undefined;

  constructor(code: ErrorCode, message: string, extra: ErrorExtra = {}) {
    super(message, extra.cause === undefined ? undefined : { cause: extra.cause });
    const kind = ERROR_CATALOGUE[code];
    this.name = 'EngineError';
    this.code = code;
    this.sqlState = kind.sqlState;
    this.domain = kind.domain;
    this.retryable = kind.retryable;
    this.detail = extra.detail;
    this.hint = extra.hint;
    this.span = extra.span;
  }

  /** The same error pointing at `span`, unless it already points somewhere. */
  at(span: SourceSpan | undefined): EngineError {
    if (this.span !== undefined || span === undefined) return this;
    return new EngineError(this.code, this.message, {
      detail: this.detail,
      hint: this.hint,
      span,
      cause: this.cause,
    });
  }
}

/** The error for a feature that is not there: names it and the way round. */
export function unsupported(what: string, hint?: string, span?: SourceSpan): EngineError {
  return new EngineError('unsupported', `${what} is not supported`, { hint, span });
}

/** Proves at compile time that a union is exhausted. */
export function assertNever(value: never): never {
  throw new EngineError('internal_error', `unexpected variant ${JSON.stringify(value)}`);
}

/** Any thrown value as an EngineError; what is not ours becomes `internal_error` with its cause. */
export function toEngineError(error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new EngineError('internal_error', message, { cause: error });
}

/** Names from `candidates` that look like `name`, nearest first, at most three. */
export function similarNames(name: string, candidates: Iterable<string>): string[] {
  const limit = Math.max(1, Math.floor(name.length / 3));
  const found: { name: string; distance: number }[] = [];
  for (const candidate of new Set(candidates)) {
    const distance =
      candidate.toLowerCase() === name.toLowerCase() ? 0 : editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance <= limit) found.push({ name: candidate, distance });
  }
  return found
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, 3)
    .map((entry) => entry.name);
}

/** Optimal string alignment distance: insert, delete, replace, swap of neighbours. */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 8) return 99;
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let best = Math.min(replace, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (before[j - 2] ?? 0) + 1);
      }
      current.push(best);
    }
    before = previous;
    previous = current;
  }
  return previous[b.length] ?? 99;
}
