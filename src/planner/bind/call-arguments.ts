/** What stands in the parentheses of a call of a function. */
import { EngineError, unsupported } from '../../errors.ts';
import type { Argument, Expression, FunctionCall } from '../../parser/ast.ts';
import type { Expr } from '../../plan/expr.ts';
import { stringLiteral } from './literal.ts';

export function bindArguments(node: FunctionCall, name: string, bind: (child: Expression) => Expr): Expr[] {
  return node.arguments.map((argument) => {
    const { value } = argument;
    if (argument.name !== null)
      throw unsupported(`named arguments of ${name}`, 'Give the arguments by position.', argument.span);
    switch (value.kind) {
      case 'timeUnit':
        return stringLiteral(value.unit);
      case 'keyword':
        return stringLiteral(value.word);
      default:
        return bind(expressionArgument(argument, name));
    }
  });
}

/** The expression that an argument is, where nothing else makes sense. */
export function expressionArgument({ value }: Argument, name: string): Expression {
  switch (value.kind) {
    case 'star':
      throw new EngineError('syntax_error', `${name}(*) does not exist`, {
        hint: 'Only COUNT takes *.',
        span: value.span,
      });
    case 'tableArgument':
    case 'modelArgument':
    case 'descriptor':
    case 'timeUnit':
    case 'keyword':
      throw new EngineError('datatype_mismatch', `${name} takes values here`, { span: value.span });
    default:
      return value;
  }
}

export function refuseAggregateClauses(node: FunctionCall, name: string): void {
  if (
    node.quantifier !== 'distinct' &&
    node.filter === null &&
    node.withinGroup.length === 0 &&
    node.orderBy.length === 0
  )
    return;
  throw new EngineError('invalid_definition', `${name} is no aggregate: it takes no DISTINCT, FILTER or ORDER BY`, {
    span: node.span,
  });
}
