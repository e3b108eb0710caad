/** The public API: an engine in the process (`Millrace`), and the interfaces of connectors and formats. */
export { Millrace, type ExecuteResult, type MillraceOptions, type RunOptions } from './engine/embedding/millrace.ts';
export type { ArrowTable } from './engine/embedding/arrow.ts';
export type { JobHandle, JobMetrics } from './engine/embedding/job-handle.ts';
export type { LiveTable } from './engine/embedding/live-table.ts';
export type { MemoryTable } from './engine/embedding/memory-table.ts';
export type { ColumnBatch, Query, ResultColumn } from './engine/embedding/query.ts';
export type { ColumnTypes, PushRow, RowOf } from './engine/embedding/row-types.ts';
export type { TableSpec } from './engine/embedding/table-spec.ts';
export type {
  AggregateSpec,
  AsyncSpec,
  FunctionBody,
  FunctionSpec,
  ScalarSpec,
  TableFunctionSpec,
  VectorizedSpec,
} from './engine/function-spec.ts';
export type { JsRow } from './engine/js-row.ts';
export { typed, type QueryParameters, type TypedValue } from './engine/parameters.ts';
export type { Change } from './engine/query-rows.ts';
export { renderError } from './engine/render-error.ts';
export { EngineError, type ErrorCode, type SourceSpan } from './errors.ts';
export type { JobStatus, StopOptions } from './runtime/job.ts';
export type { Column, ColumnInput, ColumnValues } from './types/js-columns.ts';
export type { JsValue } from './types/js-value.ts';
// For connectors and formats of one's own.
export type {
  ByteReader,
  Committable,
  Connector,
  ConnectorContext,
  Position,
  ReadRequest,
  RecordChunk,
  RecordReader,
  RowReader,
  Sink,
  SinkAccepts,
  SinkRequest,
  Source,
  SourceRequest,
  Split,
} from './connectors/connector.ts';
export type {
  BadRecord,
  DecodedBatch,
  Decoder,
  DecoderRequest,
  EncodedBytes,
  Encoder,
  EncoderRequest,
  Format,
} from './formats/format.ts';
export { nodePlatform } from './platform/node-platform.ts';
export type { Platform } from './platform/platform.ts';
export { BatchBuilder, type Batch } from './types/batch.ts';
export type { ColumnBuilder } from './types/column-builder.ts';
export type { DataType } from './types/data-type.ts';
export type { Schema } from './types/schema.ts';
export { type Value, type Vector, getValue } from './types/vector.ts';
