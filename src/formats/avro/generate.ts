/**
 * Writes the decoder for a writer's schema and the columns that are read of it as JavaScript text: straight-line code
 * that stores values into the column builders' arrays, and passes over what nobody reads.
 *
 * Only numbers are spliced into the text: indexes of builders, of reasons and of constants. All functions take `s` the
 * state, `u` and `v` the input as bytes and as a DataView, `p` a position in it and `e` the end of the record; they give
 * the position after what they read, or -1 with `s.reason` set. A position beyond `e` is found out before anything else is
 * read from there: numbers of a fixed size and everything with a length are checked, and so is the end of the record.
 */
import { type DataType, isBinary, isCharacter, physicalKind, typeToString } from '../../types/data-type.ts';
import type { Value } from '../../types/vector.ts';
import type { Read, ReadField } from './read-plan.ts';
import { intCode, lengthCode, longCode, storeInt, storeLong } from './number-code.ts';
import type { AvroRecord, AvroType } from './schema.ts';

export interface GeneratedAvro {
  readonly source: string;
  /** Why a record is bad, by the number that the code gives. */
  readonly reasons: readonly string[];
  /** Defaults, and names of enums as bytes. */
  readonly constants: readonly (Value | readonly Uint8Array[])[];
  readonly types: readonly DataType[];
  /** Builders whose texts point into the input. */
  readonly inPlace: readonly number[];
}

const MALFORMED = 0;

/** Where a value goes, and what to do when it cannot be read. */
interface Place {
  /** The expression of its row. */
  readonly row: string;
  fail(reason: number): string;
  /** The arrays that the function at hand has taken out of builders. */
  readonly used: Set<number>;
}

export function generateAvro(writer: AvroType, root: Read): GeneratedAvro {
  return new AvroWriter().write(writer, root);
}

class AvroWriter {
  readonly #functions: string[] = [];
  readonly #reasons: string[] = ['the bytes are not what the schema says'];
  readonly #constants: (Value | readonly Uint8Array[])[] = [];
  readonly #types: DataType[] = [];
  /** By builder: texts point into the input, unless some of its values stand elsewhere. */
  readonly #texts = new Map<number, boolean>();
  readonly #skips = new Map<AvroType, string>();
  readonly #kinds = new Map<number, DataType>();
  #labels = 0;

  write(writer: AvroType, root: Read): GeneratedAvro {
    this.#findTexts(writer, root);
    const used = new Set<number>();
    const place: Place = { row: 'row', fail: (reason) => `{s.reason=${reason};break BAD;}`, used };
    const body = this.#read(writer, root, place);
    const source = `'use strict';
const {long,size,block,skipBlocks,text,stamp,decimal,lastOfEqualKeys}=h,{constants:C,types:Y}=c;
${this.#functions.join('\n')}
function decode(s,u,v,S,E,i,n,offset){
const T=s.targets,R=s.recordOf;let row=s.row;
${this.#arrays(used)}
for(;i<n;i++){
let p=S[i];if(p<0)continue;p+=offset;
const e=E[i];
BAD:{
if(p>e)${place.fail(MALFORMED)}
${body}
if(p!==e)${place.fail(this.#reason('the record does not end where its schema says'))}
R[row++]=i;continue;
}
s.row=row;s.depth=0;return i;
}
s.row=row;return n;
}
function sequence(s,u,v,p,e,max){
const T=s.targets;let row=s.row;
${this.#arrays(used)}
for(s.p=p;row<max;s.p=p,row++){
BAD:{
${body}
if(p>e)${place.fail(MALFORMED)}
continue;
}
s.row=row;s.depth=0;return false;
}
s.row=row;return true;
}
return {decode,sequence};`;
    return {
      source,
      reasons: this.#reasons,
      constants: this.#constants,
      types: this.#types,
      inPlace: [...this.#texts].filter(([, inPlace]) => inPlace).map(([target]) => target),
    };
  }

  #reason(text: string): number {
    const known = this.#reasons.indexOf(text);
    return known >= 0 ? known : this.#reasons.push(text) - 1;
  }

  /** Takes the arrays out of builders, for the code that follows. */
  #arrays(used: ReadonlySet<number>): string {
    return [...used]
      .map((t) => {
        const type = this.#kinds.get(t) as DataType;
        const valid = `v${t}=T[${t}].valid`;
        switch (physicalKind(type)) {
          case 'bytes':
            return `const ${valid},d${t}=T[${t}].start,x${t}=T[${t}].len;`;
          case 'i64':
          case 'i128':
            return `const ${valid},d${t}=T[${t}].halves;`;
          case 'ts':
            return `const ${valid},d${t}=T[${t}].data,x${t}=T[${t}].nanos;`;
          case 'row':
          case 'array':
          case 'map':
            return `const ${valid};`;
          default:
            return `const ${valid},d${t}=T[${t}].data;`;
        }
      })
      .join('\n');
  }

  #use({ target, type }: Read, place: Place): void {
    place.used.add(target);
    this.#kinds.set(target, type as DataType);
  }

  /** Which texts can point into the input: a column holds either only such, or none. */
  #findTexts(writer: AvroType, read: Read): void {
    switch (writer.kind) {
      case 'union':
        for (const branch of writer.branches) this.#findTexts(branch, read);
        return;
      case 'record': {
        if (read.fields === null) return;
        for (const field of read.fields) {
          const match = fieldOf(writer, field);
          if (match !== undefined) this.#findTexts(match.type, field.read);
          else if (field.defaultValue !== undefined && field.defaultValue !== null) this.#copies(field.read);
        }
        return;
      }
      case 'array':
        if (read.type?.kind === 'ARRAY' && read.element !== null) this.#findTexts(writer.items, read.element);
        return;
      case 'map':
        if (read.element === null || (read.type?.kind !== 'MAP' && read.type?.kind !== 'MULTISET')) return;
        if (!this.#texts.has(read.target + 1)) this.#texts.set(read.target + 1, true);
        this.#findTexts(writer.values, read.element);
        return;
      case 'enum':
        this.#copies(read);
        return;
      default:
        if (read.type !== null && physicalKind(read.type) === 'bytes' && !this.#texts.has(read.target)) {
          this.#texts.set(read.target, true);
        }
    }
  }

  #copies(read: Read): void {
    if (read.type !== null && physicalKind(read.type) === 'bytes') this.#texts.set(read.target, false);
    if (read.type?.kind === 'MAP' || read.type?.kind === 'MULTISET') this.#texts.set(read.target + 1, false);
    for (const field of read.fields ?? []) this.#copies(field.read);
    if (read.element !== null) this.#copies(read.element);
  }

  /** Reads a value of the writer's type at `p`. */
  #read(writer: AvroType, read: Read, place: Place): string {
    switch (writer.kind) {
      case 'union': {
        const cases = writer.branches.map((branch, i) => `case ${2 * i}:${this.#read(branch, read, place)}break;`);
        return `switch(u[p++]){${cases.join('\n')}\ndefault:${place.fail(MALFORMED)}}`;
      }
      case 'null':
        return this.#null(read, place, false);
      case 'record':
        if (read.fields === null) return this.#mismatch(writer, read, place);
        return `{${this.#fields(writer, read.fields, place)}${this.#there(read, place)}}`;
      case 'array':
        if (read.type?.kind !== 'ARRAY') return this.#mismatch(writer, read, place);
        return this.#elements(writer.items, read, place);
      case 'map':
        if (read.type?.kind !== 'MAP' && read.type?.kind !== 'MULTISET') return this.#mismatch(writer, read, place);
        return this.#elements(writer.values, read, place);
      default:
        if (read.type === null) return this.#mismatch(writer, read, place);
        return `{${this.#leaf(writer, read, read.type, place)}}`;
    }
  }

  #there(read: Read, place: Place): string {
    if (read.target < 0) return '';
    this.#use(read, place);
    return `v${read.target}[${place.row}]=1;`;
  }

  #mismatch(writer: AvroType, read: Read, place: Place): string {
    const type = read.type === null ? 'ROW' : typeToString({ ...read.type, nullable: true });
    const written = writer.kind === 'record' || writer.kind === 'fixed' ? `${writer.kind} ${writer.name}` : writer.kind;
    const field = read.path === '' ? 'the record' : `field "${read.path}"`;
    return place.fail(this.#reason(`${field} cannot be read as ${type}: it was written as ${written}`));
  }

  /** NULL, with all that is below; `below` a row that is NULL nothing is required. */
  #null(read: Read, place: Place, below: boolean): string {
    const { type, target, fields } = read;
    if (!below && type !== null && !type.nullable) {
      return place.fail(this.#reason(`field "${read.path}" is NULL, and the column is NOT NULL`));
    }
    const inner = (fields ?? []).map((field) => this.#null(field.read, place, true)).join('');
    if (type === null) return inner;
    if (type.kind === 'ARRAY' || type.kind === 'MAP' || type.kind === 'MULTISET') {
      return `T[${target}].setNull(${place.row});`;
    }
    this.#use(read, place);
    const clear = physicalKind(type) === 'bytes' ? `d${target}[${place.row}]=0;x${target}[${place.row}]=0;` : '';
    return `${inner}v${target}[${place.row}]=0;${clear}`;
  }

  /** The fields of a record in the order in which they were written, then those that were not. */
  #fields(writer: AvroRecord, fields: readonly ReadField[], place: Place): string {
    const written = new Set<ReadField>();
    const code = writer.fields.map((field) => {
      const match = fields.find((candidate) => fieldOf(writer, candidate) === field);
      if (match === undefined) return this.#skip(field.type, place);
      written.add(match);
      return this.#read(field.type, match.read, place);
    });
    for (const field of fields) if (!written.has(field)) code.push(this.#missing(field, place));
    return code.join('\n');
  }

  #missing({ read, defaultValue }: ReadField, place: Place): string {
    if (defaultValue === undefined) {
      return place.fail(this.#reason(`field "${read.path}" is not in the writer's schema, and has no default`));
    }
    if (defaultValue === null) return this.#null(read, place, false);
    const constant = this.#constants.push(defaultValue) - 1;
    return `T[${read.target}].set(${place.row},C[${constant}]);`;
  }

  /** An array or map, in a function: its elements' columns may grow from block to block. */
  #elements(writer: AvroType, read: Read, place: Place): string {
    const { target, type } = read;
    const isMap = type?.kind !== 'ARRAY';
    const id = this.#labels++;
    const used = new Set<number>();
    const inner: Place = { row: 'k', fail: (reason) => `{s.reason=${reason};return -1;}`, used };
    const key: Read = { path: read.path, type: KEY_TYPE, target: target + 1, fields: null, element: null };
    const keyCode = isMap ? `{${this.#leaf({ kind: 'string' }, key, KEY_TYPE, inner)}}` : '';
    const body = keyCode + this.#read(writer, read.element as Read, inner);
    const last = isMap ? `lastOfEqualKeys(A,row,Y[${this.#types.push(type as DataType) - 1}]);` : '';
    this.#functions.push(`function items${id}(s,u,v,p,e,k,end){
const T=s.targets;
${this.#arrays(used)}
for(;k<end;k++){
if(p>e)${inner.fail(MALFORMED)}
${body}
}
return p;
}
function list${id}(s,u,v,p,e,row){
const A=s.targets[${target}],first=A.used;
A.addElements(row,0);
for(let total=0;;){
p=block(s,u,p);
const count=s.lo;
if(p<0||p>e)${inner.fail(MALFORMED)}
if(count===0){A.start[row]=first;A.len[row]=total;${last}return p;}
if(count>e-p&&count>65536)${inner.fail(MALFORMED)}
const at=A.addElements(row,count);
p=items${id}(s,u,v,p,e,at,at+count);
if(p<0)return -1;
total+=count;
}
}`);
    return `p=list${id}(s,u,v,p,e,${place.row});if(p<0)${place.fail(-1).replace('s.reason=-1;', '')}`;
  }

  #leaf(writer: AvroType, read: Read, type: DataType, place: Place): string {
    const { target } = read;
    const { row } = place;
    this.#use(read, place);
    const valid = `v${target}[${row}]=1;`;
    const data = `d${target}[${row}]`;
    const bad = (): string => {
      const name = typeToString({ ...type, nullable: true });
      return place.fail(this.#reason(`field "${read.path}" cannot be read as ${name}: its value does not fit`));
    };
    switch (writer.kind) {
      case 'boolean':
        if (type.kind !== 'BOOLEAN') break;
        return `const b=u[p++];if(!(b<2))${place.fail(MALFORMED)}${data}=b;${valid}`;
      case 'int': {
        const store = storeInt(type, { target, row, bad });
        if (store !== undefined) return `${intCode()}if(b>127)${place.fail(MALFORMED)}${store}${valid}`;
        break;
      }
      case 'long': {
        const store = storeLong(writer.logical, type, { target, row, bad });
        if (store !== undefined) return `${longCode(place.fail(MALFORMED))}${store}${valid}`;
        break;
      }
      case 'float':
        if (type.kind !== 'FLOAT' && type.kind !== 'DOUBLE') break;
        return `if(p+4>e)${place.fail(MALFORMED)}${data}=v.getFloat32(p,true);p+=4;${valid}`;
      case 'double':
        if (type.kind !== 'DOUBLE') break;
        return `if(p+8>e)${place.fail(MALFORMED)}${data}=v.getFloat64(p,true);p+=8;${valid}`;
      case 'string':
      case 'bytes':
      case 'fixed': {
        const length =
          writer.kind === 'fixed'
            ? `const n=${writer.sizeBytes};if(n>e-p)${place.fail(MALFORMED)}`
            : lengthCode(place.fail(MALFORMED));
        if (type.kind === 'DECIMAL' && writer.kind !== 'string') {
          const scale = writer.logical?.kind === 'decimal' ? writer.logical.scale : type.scale;
          const scales = `{from:${scale},to:${type.scale},precision:${type.precision}}`;
          return `${length}if(!decimal(u,p,n,${scales},T[${target}],${row}))${bad()}p+=n;${valid}`;
        }
        if (!isCharacter(type) && !isBinary(type)) break;
        const isText = isCharacter(type)
          ? `if(!text(u,v,p,n))${place.fail(this.#reason(`field "${read.path}" is not UTF-8`))}`
          : '';
        if (this.#texts.get(target) === false) return `${length}${isText}T[${target}].setView(${row},v,p,n);p+=n;`;
        return `${length}${isText}${data}=p;x${target}[${row}]=n;p+=n;${valid}`;
      }
      case 'enum': {
        if (!isCharacter(type)) break;
        const symbols = this.#constants.push(writer.symbols.map((name) => Uint8Array.from(Buffer.from(name)))) - 1;
        return `${intCode()}const y=C[${symbols}][x];if(y===undefined)${place.fail(MALFORMED)}T[${target}].setBytes(${row},y,0,y.length);`;
      }
      default:
    }
    return this.#mismatch(writer, read, place);
  }

  /** Passes over a value that nobody reads. */
  #skip(writer: AvroType, place: Place): string {
    switch (writer.kind) {
      case 'null':
        return '';
      case 'boolean':
        return 'p++;';
      case 'int':
      case 'long':
      case 'enum':
        return 'while(u[p++]>127);';
      case 'float':
        return `p+=4;if(p>e)${place.fail(MALFORMED)}`;
      case 'double':
        return `p+=8;if(p>e)${place.fail(MALFORMED)}`;
      case 'fixed':
        return `p+=${writer.sizeBytes};if(p>e)${place.fail(MALFORMED)}`;
      case 'string':
      case 'bytes':
        return `{${lengthCode(place.fail(MALFORMED))}p+=n;}`;
      case 'union': {
        const cases = writer.branches.map((branch, i) => `case ${2 * i}:${this.#skip(branch, place)}break;`);
        return `switch(u[p++]){${cases.join('')}default:${place.fail(MALFORMED)}}`;
      }
      case 'array':
      case 'map':
      case 'record':
        return `p=${this.#skipFunction(writer)}(s,u,p,e);if(p<0||p>e)${place.fail(MALFORMED)}`;
    }
  }

  /** A function that passes over a value; types that hold themselves call themselves. */
  #skipFunction(writer: Extract<AvroType, { kind: 'array' | 'map' | 'record' }>): string {
    const known = this.#skips.get(writer);
    if (known !== undefined) return known;
    const name = `skip${this.#labels++}`;
    this.#skips.set(writer, name);
    const place: Place = { row: '', fail: () => 'return -1;', used: new Set() };
    if (writer.kind === 'record') {
      const body = writer.fields.map((field) => this.#skip(field.type, place)).join('\n');
      this.#functions.push(`function ${name}(s,u,p,e){if(++s.depth>1000)return -1;\n${body}\ns.depth--;return p;}`);
      return name;
    }
    const item = writer.kind === 'array' ? writer.items : writer.values;
    const key = writer.kind === 'map' ? this.#skip({ kind: 'string' }, place) : '';
    this.#functions.push(
      `function ${name}(s,u,p,e){return skipBlocks(s,u,p,e,(s,u,p,e)=>{${key}${this.#skip(item, place)}return p;});}`,
    );
    return name;
  }
}

const KEY_TYPE: DataType = { kind: 'VARCHAR', length: 2147483647, nullable: false };

/** The writer's field that a field of the reader is: of its name, or of one of its other names. */
function fieldOf(writer: AvroRecord, { name, aliases }: ReadField): AvroRecord['fields'][number] | undefined {
  return (
    writer.fields.find((field) => field.name === name) ?? writer.fields.find((field) => aliases.includes(field.name))
  );
}
