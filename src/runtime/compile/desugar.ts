/** Functions that evaluate some of their arguments only are CASE in other words, and are compiled as such. */
import { BOOLEAN, notNull, sameType } from '../../types/data-type.ts';
import type { Expr } from '../../plan/expr.ts';

type CallExpr = Extract<Expr, { kind: 'call' }>;

const isNotNull = (arg: Expr): Expr => ({ kind: 'call', name: 'IS NOT NULL', args: [arg], type: notNull(BOOLEAN) });

/** COALESCE, IFNULL, IF and NULLIF as CASE; any other call as it is. */
export function desugar(call: CallExpr): Expr {
  const { args, type } = call;
  switch (call.name) {
    case 'COALESCE':
    case 'IFNULL':
      return {
        kind: 'case',
        branches: args.slice(0, -1).map((arg) => ({ when: isNotNull(arg), then: arg })),
        otherwise: args.at(-1) as Expr,
        type,
      };
    case 'IF': {
      const [when, then, otherwise] = args as [Expr, Expr, Expr];
      return { kind: 'case', branches: [{ when, then }], otherwise, type };
    }
    case 'NULLIF': {
      const [value, other] = args as [Expr, Expr];
      const when: Expr = { kind: 'call', name: '=', args: [value, other], type: BOOLEAN };
      const nothing: Expr = { kind: 'literal', value: null, type };
      // The comparison's type may be wider than that of the result, which is the first argument's own.
      const kept: Expr = sameType(value.type, type, true) ? value : { kind: 'cast', arg: value, try: false, type };
      return { kind: 'case', branches: [{ when, then: nothing }], otherwise: kept, type };
    }
    default:
      return call;
  }
}
