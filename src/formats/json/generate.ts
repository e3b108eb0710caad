/**
 * Writes the decoder for a set of columns and a learned form of the records as JavaScript text: straight-line code, in
 * which every separator and key is a comparison with constant bytes and every common spelling of a value is read in
 * place. What differs from the learned form goes on in a loop over the object's members that dispatches on the key's
 * bytes (`slow` functions); what differs from the common spelling of a type goes to `coerce`.
 *
 * Only numbers are spliced into the text: offsets, word constants, indexes. Names are compared as bytes, and names that
 * JSON may spell in several ways are looked up in maps that are handed in.
 *
 * All functions take the same leading parameters: `s` the state, `u` and `v` the input as bytes and as a DataView, `K` its
 * marks, `B`,
 * `W` and `D` the output as bytes, 32-bit words and doubles, `p` a position in the input, `row` the output row. They
 * give the position after what they read, or -1.
 */
import { physicalKind } from '../../types/data-type.ts';
import { INT_RANGES } from '../values/scalar-text.ts';
import type { Layout, Learned, LearnedMember } from './learn.ts';
import { learnedKey } from './learn.ts';
import { matchBytes } from './match-bytes.ts';
import { ALSE_WORD, NULL_WORD, TRUE_WORD } from './tokens.ts';
import { BAD_RECORD, CACHE_SIZE, RAN_OUT, type Slot, TOP_LEVEL_ARRAY } from './state.ts';

/** A member that is read: as a column, as an object that holds columns, or both. */
export interface ReadMember {
  readonly name: string;
  readonly slot: Slot | undefined;
  readonly object: ReadObject | undefined;
}

/** An object whose members are read. */
export interface ReadObject {
  readonly id: number;
  readonly path: readonly string[];
  readonly members: readonly ReadMember[];
  /** Notes that the object is there, where a ROW is read as a whole. */
  readonly presence: Slot | undefined;
  /** Its presence and all slots below it. */
  readonly slots: readonly Slot[];
}

export interface GeneratedText {
  readonly source: string;
  /** Names → member index per object id, for keys that are written with escapes. */
  readonly keys: readonly ReadonlyMap<string, number>[];
}

const PARAMETERS = 's,u,v,K,B,W,D,p,row';
/** Members that nobody reads, in the switch over members: by what their values mostly are. */
const OTHER_CASE = -2;
const STRING_CASE = -3;
const NUMBER_CASE = -4;
/** Members laid out in one function; beyond it the compiler gives up on a function of such a size. */
const MEMBERS_PER_FUNCTION = 24;
/** Keys that are told apart by their first bytes; more would share them, and are told apart by length and last ones. */
const MAX_KNOWN_KEYS = 32;
/** Unread members that are compared with learned bytes, instead of being skipped by the grammar. */
const MAX_UNREAD_OBJECT_MEMBERS = 64;

export function generateDecoder(root: ReadObject, learned: Learned, failOnMissing: boolean): GeneratedText {
  const writer = new DecoderWriter(learned, failOnMissing);
  return writer.write(root);
}

class DecoderWriter {
  readonly #learned: Learned;
  readonly #failOnMissing: boolean;
  readonly #functions: string[] = [];
  readonly #keys: Map<string, number>[] = [];
  /** Functions for whole objects, by path. */
  readonly #objects = new Map<string, string>();
  #labels = 0;

  constructor(learned: Learned, failOnMissing: boolean) {
    this.#learned = learned;
    this.#failOnMissing = failOnMissing;
  }

  write(root: ReadObject): GeneratedText {
    const body = this.#object(root, root.path, 'break BODY;');
    this.#slowFunctions(root);
    const clear = root.slots.map((slot) => `B[${slot.validAt}+row]=0;`).join('');
    const required = root.slots.filter((slot) => slot.required).map((slot) => `B[${slot.validAt}+row]===0`);
    const isShort = required.length === 0 ? '' : `if((${required.join('||')})&&noteNull(s,row))`;
    const source = `'use strict';
const {scanString,scanText,skipSpace,skipValue,skipMembers,coerce,notAnObject,missing,noteNull,minute,parseDate,readLongInteger,readShortDouble,readShortDecimal,keyIndex,keys}=h;
${this.#functions.join('\n')}
function decode(s,pos,end,row,max){
const u=s.u8,v=s.view,B=s.bytes,W=s.words,D=s.doubles,K=s.marks;
REC:while(pos<end&&row<max){
let p=pos;
BODY:{
if(u[p]!==123){
while(u[p]===32||u[p]===9||u[p]===13)p++;
if(u[p]===10){pos=p+1;continue REC;}
if(u[p]===91){s.row=row;s.status=${TOP_LEVEL_ARRAY};return pos;}
if(u[p]!==123)break BODY;
}
p++;
${body}
if(u[p]!==10){while(u[p]===32||u[p]===9||u[p]===13)p++;if(u[p]!==10)break BODY;}
${isShort === '' ? '' : `${isShort}break BODY;`}
pos=p+1;row++;continue REC;
}
${clear}
s.row=row;s.status=${BAD_RECORD};return pos;
}
s.row=row;s.status=${RAN_OUT};return pos;
}
function records(s,i,n,row,max){
const u=s.u8,v=s.view,B=s.bytes,W=s.words,D=s.doubles,K=s.marks,S=s.starts,E=s.ends,R=s.recordOf;
REC:while(i<n&&row<max){
let p=S[i];
if(p<0){i++;continue REC;}
const e=E[i];
BODY:{
if(u[p]!==123){
if(u[p]===239&&u[p+1]===187&&u[p+2]===191)p+=3;
while(u[p]===32||u[p]===9||u[p]===13)p++;
if(p===e){i++;continue REC;}
if(u[p]===91){s.row=row;s.status=${TOP_LEVEL_ARRAY};return i;}
if(u[p]!==123)break BODY;
}
p++;
${body}
if(p!==e){while(u[p]===32||u[p]===9||u[p]===13)p++;if(p!==e)break BODY;}
${isShort === '' ? '' : `${isShort}break BODY;`}
R[row++]=i++;continue REC;
}
${clear}
s.row=row;s.status=${BAD_RECORD};return i;
}
s.row=row;s.status=${RAN_OUT};return i;
}
function clear(s,row){const B=s.bytes;${clear}}
function element(s,p,row){const B=s.bytes;p=slow${root.id}(s,s.u8,s.view,s.marks,B,s.words,s.doubles,p,row);${isShort === '' ? '' : `if(p>=0){${isShort}return -1;}`}return p;}
return {decode,records,clear,element};`;
    return { source, keys: this.#keys };
  }

  /** Reads an object, `p` behind its opening brace: in the learned form, and from the first difference on in any. */
  #object(object: ReadObject | undefined, path: readonly string[], fail: string): string {
    const depth = path.length + 1;
    const slow =
      object === undefined
        ? `p=skipMembers(s,p,${depth});if(p<0)${fail}`
        : `s.misses++;p=slow${object.id}(${PARAMETERS});if(p<0)${fail}`;
    const form = this.#layout(path);
    if (form === undefined || !this.#coversAll(object, form)) return slow;
    const label = this.#labels++;
    // A required member may have been passed before the difference, so the slow way starts over.
    const restart = this.#failOnMissing && object !== undefined;
    const leave = `break S${label};`;
    const tail = form.loose
      ? `if(u[p]<=32)p=skipSpace(u,p);if(u[p]!==125)${leave}p++;`
      : `if(!(${matchBytes(form.tail, 'p')}))${leave}p+=${form.tail.length};`;
    return `${restart ? `{const o${label}=p;` : ''}O${label}:{S${label}:{
${this.#members(form, object, path, fail, leave).join('\n')}
${tail}
break O${label};
}
${restart ? `p=o${label};` : ''}${slow}
}${restart ? '}' : ''}`;
  }

  /** Whether a form has every member that is read, where that must be checked. */
  #coversAll(object: ReadObject | undefined, form: Layout): boolean {
    if (!this.#failOnMissing || object === undefined) return true;
    const names = new Set(form.members.map((member) => member.name));
    return object.members.every((member) => names.has(member.name));
  }

  /** How many members a form lays out in the function it stands in, those of objects inside it included. */
  #weight(form: Layout, path: readonly string[]): number {
    return form.members.reduce((sum, member) => sum + this.#memberWeight(member, path), 0);
  }

  #memberWeight(member: LearnedMember, path: readonly string[]): number {
    const below = [...path, member.name];
    const inner = member.token === 'object' ? this.#layout(below) : undefined;
    const weight = inner === undefined ? 0 : this.#weight(inner, below);
    return weight > MEMBERS_PER_FUNCTION ? 2 : 1 + weight;
  }

  /** Inside of an object that is a value: in place, or in a function of its own when it is large. */
  #nested(object: ReadObject | undefined, path: readonly string[], fail: string): string {
    const form = this.#layout(path);
    if (form === undefined || this.#weight(form, path) <= MEMBERS_PER_FUNCTION) return this.#object(object, path, fail);
    return this.#called(object, path, fail);
  }

  /** The same as a call of a function that holds it. */
  #called(object: ReadObject | undefined, path: readonly string[], fail: string): string {
    const key = learnedKey(path);
    let name = this.#objects.get(key);
    if (name === undefined) {
      name = `object${this.#labels++}`;
      this.#objects.set(key, name);
      this.#functions.push(`function ${name}(${PARAMETERS}){\n${this.#object(object, path, 'return -1;')}\nreturn p;}`);
    }
    return `p=${name}(${PARAMETERS});if(p<0)${fail}`;
  }

  #layout(path: readonly string[]): Layout | undefined {
    return this.#learned.get(learnedKey(path))?.layout;
  }

  /**
   * The steps over the members of a form; those of a wide object in functions of their own, which give -2 - p at a
   * difference at p.
   */
  #members(
    form: Layout,
    object: ReadObject | undefined,
    path: readonly string[],
    fail: string,
    leave: string,
  ): string[] {
    if (this.#weight(form, path) <= 2 * MEMBERS_PER_FUNCTION) {
      return form.members.map((_, i) => this.#member(form, i, object, path, fail, leave));
    }
    const calls: string[] = [];
    let steps: string[] = [];
    let weight = 0;
    form.members.forEach((member, i) => {
      steps.push(this.#member(form, i, object, path, 'return -1;', 'return -2-p;'));
      weight += this.#memberWeight(member, path);
      if (weight < MEMBERS_PER_FUNCTION && i < form.members.length - 1) return;
      const name = `part${this.#labels++}`;
      this.#functions.push(`function ${name}(${PARAMETERS}){\n${steps.join('\n')}\nreturn p;}`);
      calls.push(`p=${name}(${PARAMETERS});if(p<0){if(p===-1)${fail}p=-2-p;${leave}}`);
      steps = [];
      weight = 0;
    });
    return calls;
  }

  #member(
    form: Layout,
    index: number,
    object: ReadObject | undefined,
    path: readonly string[],
    fail: string,
    leave: string,
  ): string {
    const member = form.members[index] as LearnedMember;
    const size = member.literal.length;
    let match = `if(!(${matchBytes(member.literal, 'p')}))${leave}\np+=${size};`;
    // White space where none was learned: the literal was only the beginning of the separator.
    let guard = `if(u[p]<=32){p-=${size};${leave}}`;
    if (form.loose) {
      const back = `{p=b;${leave}}`;
      // Blank, tab or carriage return (bits 0, 9, 13), told apart without a branch for each; more is rare.
      const space = `if(u[p]<=32){if(((1<<u[p])&0x2201)===0||u[p]===0)${back}if(u[++p]<=32)p=skipSpace(u,p);}`;
      const comma = index === 0 ? '' : `if(u[p]!==44)${back}p++;${space}`;
      match =
        `{const b=p;${space}${comma}if(!(${matchBytes(member.key, 'p')}))${back}` +
        `p+=${member.key.length};${space}if(u[p]!==58)${back}p++;${space}}`;
      guard = '';
    }
    const read = object?.members.find((candidate) => candidate.name === member.name);
    if (read !== undefined) return match + this.#value(read, fail, guard, 'fresh');
    return match + this.#unread(member, [...path, member.name], fail, guard);
  }

  /** Passes over a value that nobody reads. */
  #unread(member: Pick<LearnedMember, 'token'>, path: readonly string[], fail: string, guard: string): string {
    const any = `{${guard}p=skipValue(s,p,${path.length});if(p<0)${fail}}`;
    if (member.token === 'string') {
      return `if(u[p]===34){let q=scanText(u,K,p+1);if(q<0){if(q===-1)${fail}q=-2-q;}p=q+1;}else ${any}`;
    }
    if (member.token === 'number') {
      return `{let q=u[p]===45?p+1:p,d=u[q]-48;if(d>0&&d<=9){do{q++;d=u[q]-48;}while(d>>>0<=9);if(d===-4||d===77)p=q;else ${any}}else ${any}}`;
    }
    const form = member.token === 'object' ? this.#layout(path) : undefined;
    if (form === undefined || form.members.length > MAX_UNREAD_OBJECT_MEMBERS) return any;
    return `if(u[p]===123){p++;${this.#nested(undefined, path, fail)}}else ${any}`;
  }

  /**
   * Reads the value at `p`. `fresh`: the row's slots are still NULL; else an earlier member of the same name may have
   * set them.
   */
  #value(member: ReadMember, fail: string, guard: string, state: 'fresh' | 'any'): string {
    const { slot, object } = member;
    if (object === undefined) return this.#leaf(slot as Slot, fail, guard, state);
    const clear = object.slots.map((leaf) => `B[${leaf.validAt}+row]=0;`).join('');
    const inside =
      state === 'fresh' ? this.#nested(object, object.path, fail) : clear + this.#called(object, object.path, fail);
    const there = object.presence === undefined ? '' : `B[${object.presence.validAt}+row]=1;`;
    const nothing = state === 'fresh' ? '' : clear;
    const below =
      `if(u[p]===123){p++;${inside}${there}}else if(v.getInt32(p,true)===${NULL_WORD}){p+=4;${nothing}}` +
      `else{${guard}${nothing}p=notAnObject(s,p,${(object.slots[0] as Slot).index},${object.path.length});if(p<0)${fail}}`;
    if (slot === undefined) return below;
    return `{${guard}const b=p;p=coerce(s,p,${slot.index},row);if(p<0)${fail}p=b;}${below}`;
  }

  #leaf(slot: Slot, fail: string, guard: string, state: 'fresh' | 'any'): string {
    const valid = `B[${slot.validAt}+row]=`;
    const any = `{${guard}p=coerce(s,p,${slot.index},row);if(p<0)${fail}}`;
    const rest = `if(v.getInt32(p,true)===${NULL_WORD}){p+=4;${state === 'fresh' ? '' : `${valid}0;`}}else ${any}`;
    const { type, dataAt, extraAt } = slot;
    const kind = physicalKind(type);
    // Digits up to 999,999,999 in v; q behind them; a comma or closing brace must follow.
    const digits = `const n=u[p]===45?1:0;let q=p+n,x=u[q]-48;if(x>>>0<=9){q++;let d=u[q]-48;if(x!==0)while(d>>>0<=9&&x<=99999999){x=(Math.imul(x,10)+d)|0;q++;d=u[q]-48;}`;
    const ended = `d===-4||d===77||u[q]<=32`;
    if (type.kind === 'BIGINT') {
      const long = `if(x>99999999&&(q=readLongInteger(s,q,x,n!==0,W,${dataAt}+2*row))>=0){p=q;${valid}1;}else ${any}`;
      return (
        `{${digits}if(${ended}){if(n)x=-x;W[${dataAt}+2*row]=x;W[${dataAt + 1}+2*row]=x>>31;${valid}1;p=q;}` +
        `else ${long}}else ${rest}}`
      );
    }
    const range = INT_RANGES[type.kind];
    if (range !== undefined) {
      const fits = type.kind === 'TINYINT' || type.kind === 'SMALLINT' ? `&&x<=${range[1]}` : '';
      return `{${digits}if((${ended})${fits}){W[${dataAt}+row]=n?-x:x;${valid}1;p=q;}else ${any}}else ${rest}}`;
    }
    switch (type.kind) {
      case 'CHAR':
      case 'VARCHAR':
        return (
          `if(u[p]===34){let q=scanText(u,K,p+1);W[${dataAt}+row]=p+1;W[${extraAt}+row]=q-p-1;` +
          `if(q<0){if(q===-1)${fail}q=-2-q;W[${extraAt}+row]=p+1-q;s.hasRawText=true;}${valid}1;p=q+1;}else ${rest}`
        );
      case 'BOOLEAN':
        return (
          `if(v.getInt32(p,true)===${TRUE_WORD}){p+=4;B[${dataAt}+row]=1;${valid}1;}` +
          `else if(u[p]===102&&v.getInt32(p+1,true)===${ALSE_WORD}){p+=5;B[${dataAt}+row]=0;${valid}1;}else ${rest}`
        );
      case 'FLOAT':
        return `{const q=readShortDouble(u,p,D,${dataAt}+row);if(q>=0){D[${dataAt}+row]=Math.fround(D[${dataAt}+row]);p=q;${valid}1;}else ${rest}}`;
      case 'DOUBLE':
        return `{const q=readShortDouble(u,p,D,${dataAt}+row);if(q>=0){p=q;${valid}1;}else ${rest}}`;
      case 'DECIMAL': {
        const at = kind === 'i64' ? `${dataAt}+2*row` : `${dataAt}+4*row`;
        const extend = kind === 'i64' ? '' : `W[${at}+2]=W[${at}+3]=W[${at}+1]>>31;`;
        return `{const q=readShortDecimal(u,p,W,${at},${type.scale},${10 ** Math.min(15, type.precision)});if(q>=0){p=q;${extend}${valid}1;}else ${rest}}`;
      }
      case 'DATE':
        return `if(u[p]===34&&u[p+11]===34){const x=parseDate(u,p+1,p+11);if(x===x){W[${dataAt}+row]=x;${valid}1;p+=12;}else ${any}}else ${rest}`;
      case 'TIMESTAMP':
      case 'TIMESTAMP_LTZ':
        return this.#timestamp(slot, fail, valid, rest);
      default:
    }
    return rest;
  }

  /**
   * A timestamp within the same minute as the last one of its column: the first 16 characters are compared as two
   * doubles, then seconds and milliseconds are checked as words. Everything else: `minute`, which keeps the next
   * minute for later.
   */
  #timestamp(slot: Slot, fail: string, valid: string, rest: string): string {
    const other =
      `{const q=minute(s,p,${slot.index},row);if(q<0){p=coerce(s,p,${slot.index},row);if(p<0)${fail}}` +
      `else{p=q;${valid}1;}}`;
    const cache = CACHE_SIZE * slot.index;
    const { zone, precision } = slot;
    if (precision !== 3) return `if(u[p]===34)${other}else ${rest}`;
    return (
      `if(u[p]===34){const M=s.minutes,a=v.getInt32(p+17,true),b=v.getInt32(p+20,true);` +
      `if(v.getFloat64(p+1,true)===M[${cache}]&&v.getFloat64(p+9,true)===M[${cache + 1}]` +
      `&&(a&${0xfff0f0ff | 0})===0x2e30303a&&(b&${0xf0f0f0ff | 0})===0x3030302e` +
      `&&((a+0x00060600)&0x00f0f000)===0x00303000&&((b+0x06060600)&${0xf0f0f000 | 0})===0x30303000` +
      `&&${zone ? `u[p+24]===90&&u[p+25]===34` : `u[p+24]===34`}&&((a>>8)&15)<=5){` +
      `D[${slot.dataAt}+row]=M[${cache + 2}]+(((a>>8)&15)*10+((a>>16)&15))*1000+((b>>8)&15)*100+((b>>16)&15)*10+((b>>>24)&15);` +
      `${valid}1;p+=${zone ? 26 : 25};}else ${other}}else ${rest}`
    );
  }

  /**
   * Cases over the first four bytes of the keys that records were seen to have: a whole key and its colon at once.
   * Members that nobody reads are told apart by what their values are.
   */
  #knownKeys(object: ReadObject): string {
    const known = this.#learned.get(learnedKey(object.path))?.known ?? [];
    if (known.length > MAX_KNOWN_KEYS) return '';
    const cases = new Map<number, string>();
    for (const { name, key, token } of known) {
      const read = object.members.findIndex((member) => member.name === name);
      const unread = token === 'string' ? STRING_CASE : token === 'number' ? NUMBER_CASE : OTHER_CASE;
      const bytes = Buffer.concat([key, Buffer.from(':')]);
      if (bytes.length < 4) continue;
      const test = `if(${matchBytes(bytes, 'p')}){k=${read >= 0 ? read : unread};p+=${bytes.length};break;}`;
      const word = bytes.readInt32LE(0);
      cases.set(word, (cases.get(word) ?? '') + test);
    }
    return [...cases].map(([word, tests]) => `case ${word}:${tests}break;`).join('\n');
  }

  /** Cases by the length of a name, and of many names of a length by their last four bytes. */
  #keyTests(members: readonly ReadMember[]): string {
    const byLength = new Map<number, [Buffer, number][]>();
    members.forEach(({ name }, k) => {
      if (JSON.stringify(name) !== `"${name}"`) return;
      const bytes = Buffer.from(name);
      byLength.set(bytes.length, [...(byLength.get(bytes.length) ?? []), [bytes, k]]);
    });
    const test = ([bytes, k]: readonly [Buffer, number]): string =>
      bytes.length === 0 ? `return ${k};` : `if(${matchBytes(bytes, 'a')})return ${k};`;
    return [...byLength]
      .map(([length, names]) => {
        if (length < 4 || names.length <= 4) return `case ${length}:${names.map(test).join('')}break;`;
        const byEnd = new Map<number, string>();
        for (const entry of names) {
          const end = entry[0].readInt32LE(length - 4);
          byEnd.set(end, (byEnd.get(end) ?? '') + test(entry));
        }
        const ends = [...byEnd].map(([end, tests]) => `case ${end}:${tests}break;`).join('\n');
        return `case ${length}:switch(v.getInt32(b-4,true)){${ends}}break;`;
      })
      .join('\n');
  }

  /** The loop over an object's members in any order and spelling, and those of the objects below it. */
  #slowFunctions(object: ReadObject): void {
    const depth = object.path.length + 1;
    const { id, members } = object;
    const words = Math.ceil(members.length / 30);
    const track = this.#failOnMissing;
    const seen = track ? `let ${Array.from({ length: words }, (_, w) => `m${w}=0`).join(',')};` : '';
    const complete = track
      ? Array.from({ length: words }, (_, w) => {
          const mask = 2 ** Math.min(30, members.length - 30 * w) - 1;
          return `if(m${w}!==${mask})return missing(s,${id},${w * 30},m${w});`;
        }).join('')
      : '';
    const wide = members.length > MEMBERS_PER_FUNCTION;
    const cases = members.map((member, k) => {
      const mark = track ? `m${Math.floor(k / 30)}|=${2 ** (k % 30)};` : '';
      const read = this.#value(member, 'return -1;', '', 'any');
      if (!wide) return `case ${k}:${mark}${read}break;`;
      this.#functions.push(`function member${id}_${k}(${PARAMETERS}){${read}return p;}`);
      return `case ${k}:${mark}p=member${id}_${k}(${PARAMETERS});if(p<0)return -1;break;`;
    });
    this.#keys[id] = new Map(members.map((member, k) => [member.name, k]));
    const tests = this.#keyTests(members);
    this.#functions.push(`function key${id}(u,v,a,b){switch(b-a){${tests}}
for(let i=a;i<b;i++)if(u[i]===92)return keyIndex(u,a,b,keys[${id}]);return -1;}
function slow${id}(${PARAMETERS}){
${seen}let first=u[p-1]===123;
for(;;){
if(u[p]<=32)p=skipSpace(u,p);
if(u[p]===125){${complete}return p+1;}
if(!first){if(u[p]!==44)return -1;p++;if(u[p]<=32)p=skipSpace(u,p);}
first=false;
let k=-1;
switch(v.getInt32(p,true)){${this.#knownKeys(object)}}
if(k===-1){
if(u[p]!==34)return -1;
const q=scanString(s,p+1);if(q<0)return -1;
k=key${id}(u,v,p+1,q);
p=q+1;if(u[p]<=32)p=skipSpace(u,p);
if(u[p]!==58)return -1;
p++;
}
if(u[p]<=32)p=skipSpace(u,p);
switch(k){
${cases.join('\n')}
case ${STRING_CASE}:${this.#unread({ token: 'string' }, object.path, 'return -1;', '')}break;
case ${NUMBER_CASE}:${this.#unread({ token: 'number' }, object.path, 'return -1;', '')}break;
default:p=skipValue(s,p,${depth});if(p<0)return -1;
}
}
}`);
    for (const member of members) if (member.object !== undefined) this.#slowFunctions(member.object);
  }
}
