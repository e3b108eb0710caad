/** Pieces of generated decoders that read whole numbers: what stands at `p` into local variables, and those into a column. */
import type { DataType } from '../../types/data-type.ts';
import type { AvroLogical } from './schema.ts';

/** An int into `x`; its last byte, below 128 where it is one, is `b`. */
export const intCode = (): string =>
  `let b=u[p++],x=b&127;if(b>127){b=u[p++];x|=(b&127)<<7;if(b>127){b=u[p++];x|=(b&127)<<14;` +
  `if(b>127){b=u[p++];x|=(b&127)<<21;if(b>127){b=u[p++];x|=b<<28;}}}}x=(x>>>1)^-(x&1);`;

/** Halves of a long into `lo` and `hi`. */
export const longCode = (fail: string): string =>
  `let lo=u[p++],hi=0;if(lo<128){lo=(lo>>>1)^-(lo&1);hi=lo>>31;}` +
  `else{p=long(s,u,p-1);if(p<0)${fail}lo=s.lo;hi=s.hi;}`;

/** A length into `n`, whose bytes are there. */
export const lengthCode = (fail: string): string =>
  `let n=u[p++];if(n<128)n=(n>>>1)^-(n&1);else{p=size(s,u,p-1);if(p<0)${fail}n=s.lo;}if(!(n>=0&&n<=e-p))${fail}`;

/** Where a number is stored, and what to do when it does not fit. */
export interface NumberPlace {
  readonly target: number;
  readonly row: string;
  bad(): string;
}

/** Stores the int `x`; undefined where it is not what the type takes. */
export function storeInt(type: DataType, { target, row, bad }: NumberPlace): string | undefined {
  const data = `d${target}[${row}]`;
  switch (type.kind) {
    case 'TINYINT':
      return `if(x<-128||x>127)${bad()}${data}=x;`;
    case 'SMALLINT':
      return `if(x<-32768||x>32767)${bad()}${data}=x;`;
    case 'INTEGER':
    case 'DATE':
    case 'DOUBLE':
      return `${data}=x;`;
    case 'TIME':
      return `if(x<0||x>86399999)${bad()}${data}=${cutTime('x', type.precision)};`;
    case 'BIGINT':
      return `d${target}[2*${row}]=x;d${target}[2*${row}+1]=x>>31;`;
    case 'FLOAT':
      return `${data}=Math.fround(x);`;
    default:
      return undefined;
  }
}

/** Stores the long in `lo` and `hi`; undefined where it is not what the type takes. */
export function storeLong(
  logical: AvroLogical | undefined,
  type: DataType,
  { target, row, bad }: NumberPlace,
): string | undefined {
  const data = `d${target}[${row}]`;
  const value = 'hi*4294967296+(lo>>>0)';
  switch (type.kind) {
    case 'BIGINT':
      return `d${target}[2*${row}]=lo;d${target}[2*${row}+1]=hi;`;
    case 'FLOAT':
      return `${data}=Math.fround(${value});`;
    case 'DOUBLE':
      return `${data}=${value};`;
    case 'TIME':
      if (logical?.kind !== 'time-micros') return undefined;
      return `const z=Math.floor((${value})/1000);if(z<0||z>86399999)${bad()}${data}=${cutTime('z', type.precision)};`;
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ': {
      const unit = logical?.kind ?? (type.precision <= 3 ? 'timestamp-millis' : 'timestamp-micros');
      const perMs = unit.endsWith('nanos') ? 1_000_000 : unit.endsWith('micros') ? 1000 : 1;
      if (perMs === 1 && type.precision === 3) return `${data}=${value};`;
      const nanos = type.precision > 3 ? `x${target}[${row}]=s.nanos;` : '';
      return `s.lo=lo;s.hi=hi;stamp(s,${perMs},${type.precision});${data}=s.ms;${nanos}`;
    }
    default:
      return undefined;
  }
}

/** Milliseconds of the day, cut to so many fraction digits. */
const cutTime = (name: string, precision: number): string =>
  precision < 3 ? `${name}-${name}%${10 ** (3 - precision)}` : name;
