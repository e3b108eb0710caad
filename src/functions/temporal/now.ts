/** The present: evaluated for every record, on the engine's clock. */
import {
  DATE,
  type DataType,
  isTimestamp,
  notNull,
  time,
  timeAttribute,
  timestamp,
  timestampLtz,
  withNullable,
  withoutTimeAttribute,
} from '../../types/data-type.ts';
import { MS_PER_DAY, MS_PER_SECOND, floorMod } from '../../types/datetime.ts';
import { timeZone } from '../../types/time-zone.ts';
import { defineFunction } from '../define.ts';
import type { CallSite, ScalarFunction } from '../function.ts';
import { takes } from '../overload.ts';

interface Present {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly signature?: string;
  readonly doc: string;
  readonly type: DataType;
  readonly read: (local: number, instant: number) => number;
}

function presentFunction({ name, aliases = [], signature = name, doc, type, read }: Present): ScalarFunction {
  return defineFunction({
    name,
    aliases,
    category: 'temporal',
    signature,
    doc,
    examples: [],
    volatility: 'per-record',
    resolve: takes([], notNull(type)),
    evaluate({ context }: CallSite) {
      const zone = timeZone(context.timeZone);
      return () => {
        const instant = context.now();
        return read(zone.toLocal(instant), instant);
      };
    },
  });
}

const wholeSeconds = (ms: number): number => ms - floorMod(ms, MS_PER_SECOND);

export const NOW_FUNCTIONS: readonly ScalarFunction[] = [
  presentFunction({
    name: 'CURRENT_TIMESTAMP',
    aliases: ['NOW'],
    doc: 'The present instant as TIMESTAMP_LTZ(3).',
    type: timestampLtz(3),
    read: (_, instant) => Math.floor(instant),
  }),
  presentFunction({
    name: 'CURRENT_ROW_TIMESTAMP',
    signature: 'CURRENT_ROW_TIMESTAMP()',
    doc: 'The present instant as TIMESTAMP_LTZ(3), for each record.',
    type: timestampLtz(3),
    read: (_, instant) => Math.floor(instant),
  }),
  presentFunction({
    name: 'PROCTIME',
    signature: 'PROCTIME()',
    doc: 'The processing-time attribute: the present instant when it is read.',
    type: timestampLtz(3, 'proctime'),
    read: (_, instant) => Math.floor(instant),
  }),
  presentFunction({
    name: 'LOCALTIMESTAMP',
    doc: 'The present time in the session time zone as TIMESTAMP(3).',
    type: timestamp(3),
    read: (local) => Math.floor(local),
  }),
  presentFunction({
    name: 'CURRENT_DATE',
    doc: 'The present date in the session time zone.',
    type: DATE,
    read: (local) => Math.floor(local / MS_PER_DAY),
  }),
  presentFunction({
    name: 'LOCALTIME',
    aliases: ['CURRENT_TIME'],
    doc: 'The present time of day in the session time zone as TIME(0).',
    type: time(0),
    read: (local) => wholeSeconds(floorMod(local, MS_PER_DAY)),
  }),
  defineFunction({
    name: 'CURRENT_WATERMARK',
    category: 'temporal',
    signature: 'CURRENT_WATERMARK(rowtime)',
    doc: 'The watermark where the row is processed, in the type of the rowtime attribute; NULL before the first.',
    examples: [],
    volatility: 'per-record',
    nulls: 'handled',
    resolve([argument, ...rest]) {
      if (argument === undefined || rest.length > 0 || !isTimestamp(argument.type)) return undefined;
      if (timeAttribute(argument.type) !== 'rowtime') return undefined;
      return { argTypes: [argument.type], type: withNullable(withoutTimeAttribute(argument.type), true) };
    },
    evaluate:
      ({ context }) =>
      () =>
        context.watermark === -Infinity ? null : context.watermark,
  }),
];
