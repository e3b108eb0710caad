/** The sizes of windows: constant, and fitting each other. */
import { EngineError, type SourceSpan } from '../../errors.ts';
import type { Expression } from '../../parser/ast.ts';
import type { WindowSpec } from '../../plan/physical.ts';
import type { PlannerContext } from '../context.ts';
import { bindExpression } from './expression.ts';
import { EMPTY_SCOPE } from './scope.ts';

export type WindowTable = 'TUMBLE' | 'HOP' | 'CUMULATE' | 'SESSION';

/** A constant day-time interval, in milliseconds. */
export function constantInterval(node: Expression, env: { readonly ctx: PlannerContext }, what: string): number {
  const constant = isConstantInterval(node);
  if (!constant) {
    throw new EngineError('windowing_error', 'Only constant window descriptors are supported', {
      hint: `Write ${what} as INTERVAL '…' MINUTE.`,
      span: node.span,
    });
  }
  const expr = bindExpression(node, { ctx: env.ctx, scope: EMPTY_SCOPE, clause: 'a window', calls: {} });
  if (expr.type.kind !== 'INTERVAL_DAY_TIME' || expr.kind !== 'literal') {
    throw new EngineError(
      'windowing_error',
      'Window aggregate only support SECOND, MINUTE, HOUR, DAY as the time unit',
      {
        span: node.span,
      },
    );
  }
  return expr.value as number;
}

const isConstantInterval = (node: Expression): boolean => node.kind === 'intervalLiteral';

/** The window of a function's sizes, checked. Of a group window (`GROUP BY HOP(…)`) the slide need not divide the size. */
export function windowSpec(
  name: WindowTable,
  times: ReadonlyMap<string, number>,
  { span, grouped }: { readonly span: SourceSpan; readonly grouped: boolean },
): WindowSpec {
  const at = (parameter: string): number => times.get(parameter) ?? 0;
  const refuse = (condition: string): EngineError =>
    new EngineError('windowing_error', `${name} table function parameters must satisfy ${condition}`, { span });
  for (const [parameter, ms] of times) {
    if (parameter !== 'OFFSET' && ms <= 0)
      throw refuse(`${parameter.toLowerCase()} > 0, but got ${parameter.toLowerCase()} ${ms} ms`);
  }
  const [sizeMs, offsetMs] = [at('SIZE'), at('OFFSET')];
  if (name !== 'SESSION' && Math.abs(offsetMs) >= sizeMs) {
    throw refuse(`abs(offset) < size, but got size ${sizeMs} ms and offset ${offsetMs} ms`);
  }
  switch (name) {
    case 'TUMBLE':
      return { kind: 'tumble', sizeMs, offsetMs };
    case 'HOP':
      if (!grouped && sizeMs % at('SLIDE') !== 0) {
        throw new EngineError(
          'windowing_error',
          `HOP table function based aggregate requires size must be an integral multiple of slide, but got size ${sizeMs} ms and slide ${at('SLIDE')} ms`,
          { span },
        );
      }
      return { kind: 'hop', slideMs: at('SLIDE'), sizeMs, offsetMs };
    case 'CUMULATE':
      if (sizeMs % at('STEP') !== 0) {
        throw new EngineError(
          'windowing_error',
          `CUMULATE table function based aggregate requires size must be an integral multiple of step, but got size ${sizeMs} ms and step ${at('STEP')} ms`,
          { span },
        );
      }
      return { kind: 'cumulate', stepMs: at('STEP'), sizeMs, offsetMs };
    case 'SESSION':
      return { kind: 'session', gapMs: at('GAP') };
  }
}
