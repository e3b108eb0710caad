/**
 * Which tokens the grammar allows after some others, for completion: Earley's recognizer over the shape of the rules, as
 * chevrotain recorded it.
 *
 * Each rule is a small automaton; its edges read a token, enter another rule, or cost nothing. An item is a state and the
 * place where its rule began. All ways to read the tokens are followed at once, so the gates of the grammar, which know
 * only one way, are not asked: more is allowed here than there. Time is linear in the tokens for all but contrived text.
 */

import type { ISerializedGast, TokenType } from 'chevrotain';
import type { Grammar } from './grammar/statements.ts';
import { type Token, vocabulary } from './tokens.ts';

export interface ExpectedToken {
  readonly type: TokenType;
  /** The rules that it would stand in, from the innermost outwards; where there are several ways in, one after another. */
  readonly rules: readonly string[];
}

/** What completion needs to know of where it is; rules further out say little. */
const MAX_RULES = 24;
/** Beyond this many items at one token the text is contrived: better no answer than a late one. */
const MAX_ITEMS = 50_000;

interface State {
  readonly free: State[];
  readonly reads: { readonly type: TokenType; readonly to: State }[];
  readonly enters: { readonly rule: string; readonly to: State }[];
  /** The rule that is over here. */
  ends: string | null;
}

interface Item {
  readonly state: State;
  readonly rule: string;
  readonly origin: number;
}

/** The items of one place between tokens. */
class Place {
  readonly items: Item[] = [];
  readonly #seen = new Map<State, Set<number>>();
  /** Items of this place that wait for a rule which begins here. */
  readonly waiting = new Map<string, { readonly item: Item; readonly to: State }[]>();
  /** Rules that begin and end here. */
  readonly empty = new Set<string>();

  add(state: State, rule: string, origin: number): void {
    let origins = this.#seen.get(state);
    if (origins === undefined) this.#seen.set(state, (origins = new Set()));
    if (origins.has(origin)) return;
    origins.add(origin);
    this.items.push({ state, rule, origin });
  }
}

export class ExpectedTokens {
  readonly #rules = new Map<string, State>();
  readonly #types = new Map(vocabulary.map((type) => [type.name, type]));

  constructor(grammar: Grammar) {
    for (const rule of grammar.getSerializedGastProductions() as (ISerializedGast & { readonly name: string })[]) {
      const start = newState();
      this.#sequence(rule.definition as ISerializedGast[], start).ends = rule.name;
      this.#rules.set(rule.name, start);
    }
  }

  /** Nothing where the tokens are not the beginning of a statement. */
  after(tokens: readonly Token[]): ExpectedToken[] {
    const places = [new Place()];
    const last = (): Place => places.at(-1) as Place;
    last().add(this.#rules.get('statement') as State, 'statement', 0);
    for (const token of tokens) {
      this.#follow(places);
      const next = new Place();
      for (const { state, rule, origin } of last().items) {
        for (const { type, to } of state.reads) if (matches(token.tokenType, type)) next.add(to, rule, origin);
      }
      if (next.items.length === 0 || next.items.length > MAX_ITEMS) return [];
      places.push(next);
    }
    this.#follow(places);
    const found = new Map<TokenType, Set<string>>();
    for (const item of last().items) {
      for (const { type } of item.state.reads) {
        let rules = found.get(type);
        if (rules === undefined) found.set(type, (rules = new Set()));
        addRules(rules, item, places);
      }
    }
    return [...found].map(([type, rules]) => ({ type, rules: [...rules] }));
  }

  /** Completes a place: what costs nothing, the rules that begin here, and what waited for those that are over. */
  #follow(places: readonly Place[]): void {
    const here = places.length - 1;
    const place = places[here] as Place;
    for (let i = 0; i < place.items.length && i < MAX_ITEMS; i++) {
      const item = place.items[i] as Item;
      const { state, rule, origin } = item;
      for (const to of state.free) place.add(to, rule, origin);
      for (const { rule: entered, to } of state.enters) {
        const waiting = place.waiting.get(entered);
        if (waiting === undefined) place.waiting.set(entered, [{ item, to }]);
        else waiting.push({ item, to });
        if (place.empty.has(entered)) place.add(to, rule, origin);
        place.add(this.#rules.get(entered) as State, entered, here);
      }
      if (state.ends !== null) {
        if (origin === here) place.empty.add(state.ends);
        for (const { item: by, to } of places[origin]?.waiting.get(state.ends) ?? []) place.add(to, by.rule, by.origin);
      }
    }
  }

  #sequence(definition: readonly ISerializedGast[], from: State): State {
    return definition.reduce((at, part) => this.#part(part, at), from);
  }

  #part(part: ISerializedGast, from: State): State {
    const { name = '', definition = [] } = part as { name?: string; definition?: ISerializedGast[] };
    const to = newState();
    switch (part.type) {
      case 'Terminal':
        from.reads.push({ type: this.#types.get(name) as TokenType, to });
        return to;
      case 'NonTerminal':
        from.enters.push({ rule: name, to });
        return to;
      case 'Alternation':
        for (const alternative of definition) this.#part(alternative, from).free.push(to);
        return to;
      case 'Option':
        from.free.push(to);
        this.#sequence(definition, from).free.push(to);
        return to;
      case 'Repetition':
      case 'RepetitionMandatory': {
        const again = newState();
        from.free.push(again);
        const end = this.#sequence(definition, again);
        end.free.push(again, to);
        if (part.type === 'Repetition') from.free.push(to);
        return to;
      }
      default:
        return this.#sequence(definition, from);
    }
  }
}

const newState = (): State => ({ free: [], reads: [], enters: [], ends: null });

function matches(type: TokenType, wanted: TokenType): boolean {
  return type === wanted || (wanted.categoryMatches ?? []).includes(type.tokenTypeIdx ?? -1);
}

function addRules(rules: Set<string>, start: Item, places: readonly Place[]): void {
  const seen = new Set<Item>([start]);
  for (const item of seen) {
    if (rules.size >= MAX_RULES || seen.size > 200) return;
    rules.add(item.rule);
    for (const { item: by } of places[item.origin]?.waiting.get(item.rule) ?? []) seen.add(by);
  }
}
