/** The public API. */
export type { JsRow, JsValue } from './engine/js-value.ts';
export type { Change, QueryRows } from './engine/query-rows.ts';
export { renderError } from './engine/render-error.ts';
export type { ResultTarget } from './engine/result-target.ts';
export { Engine, type Job } from './engine.ts';
export { EngineError, type ErrorCode, type SourceSpan } from './errors.ts';
export { nodePlatform } from './platform/node-platform.ts';
export type { Platform } from './platform/platform.ts';
export { type ExecuteOptions, type OpenTarget, Session, type StatementResult } from './session.ts';
export type { Batch } from './types/batch.ts';
export type { DataType } from './types/data-type.ts';
export type { Schema } from './types/schema.ts';
export { type Value, type Vector, getValue } from './types/vector.ts';
