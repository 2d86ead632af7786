import ts from "typescript";

/**
 * The positions that a test file sets switches to, as `name: value`: literals, and what the table of a `test.each` or a
 * `for … of` gives to the variable that is set. Comments, titles and types set nothing.
 */
export function switchPositionsIn(text: string, names: readonly string[]): readonly string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const [name, value] = assignmentOf(node);
    if (name !== undefined && names.includes(name)) {
      for (const literal of valuesOf(value)) found.push(`${name}: ${JSON.stringify(literal)}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("x.test.ts", text, ts.ScriptTarget.Latest, true));
  return found;
}

function assignmentOf(node: ts.Node): readonly [string | undefined, ts.Expression | undefined] {
  if (ts.isShorthandPropertyAssignment(node)) return [node.name.text, node.name];
  if (ts.isPropertyAssignment(node) && ts.isIdentifier(node.name)) return [node.name.text, node.initializer];
  return [undefined, undefined];
}

type Literal = string | number | boolean;

function valuesOf(value: ts.Expression | undefined): readonly Literal[] {
  if (value === undefined) return [];
  if (!ts.isIdentifier(value)) {
    const literal = literalOf(value);
    return literal === undefined ? [] : [literal];
  }
  for (let node: ts.Node = value; !ts.isSourceFile(node); node = node.parent) {
    const literals = givenBy(node, value.text);
    if (literals !== undefined) return literals;
  }
  return [];
}

function literalOf(node: ts.Node | undefined): Literal | undefined {
  if (node === undefined) return undefined;
  if (ts.isStringLiteral(node)) return node.text;
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (node.kind === ts.SyntaxKind.TrueKeyword) return true;
  return node.kind === ts.SyntaxKind.FalseKeyword ? false : undefined;
}

/** What a test of a table or a loop gives to a variable of that name; undefined when it binds none. */
function givenBy(node: ts.Node, name: string): readonly Literal[] | undefined {
  if (ts.isForOfStatement(node) && ts.isVariableDeclarationList(node.initializer)) {
    const [declaration] = node.initializer.declarations;
    return declaration === undefined ? undefined : columnOf(node.expression, [declaration.name], name);
  }
  if (!ts.isArrowFunction(node)) return undefined;
  const bound = node.parameters.map((parameter) => parameter.name);
  const table = ts.isCallExpression(node.parent) ? node.parent.expression : undefined;
  if (table === undefined || !ts.isCallExpression(table)) return undefined;
  return columnOf(table.arguments[0], bound, name);
}

function columnOf(
  table: ts.Expression | undefined,
  bound: readonly ts.BindingName[],
  name: string,
): readonly Literal[] | undefined {
  const rows = bare(table);
  if (rows === undefined || !ts.isArrayLiteralExpression(rows)) return undefined;
  const [first] = bound;
  const isSpread = first !== undefined && ts.isArrayBindingPattern(first);
  const names = isSpread
    ? first.elements.map((each) => (ts.isBindingElement(each) ? each.name : undefined))
    : bound.map((each) => each);
  const index = names.findIndex((each) => each !== undefined && ts.isIdentifier(each) && each.text === name);
  if (index < 0) return undefined;
  return rows.elements.flatMap((element) => {
    const row = bare(element);
    const cell = row !== undefined && ts.isArrayLiteralExpression(row) ? row.elements[index] : row;
    const literal = literalOf(bare(cell));
    return literal === undefined ? [] : [literal];
  });
}

/** Without `as const`. */
function bare(node: ts.Expression | undefined): ts.Expression | undefined {
  return node !== undefined && ts.isAsExpression(node) ? bare(node.expression) : node;
}
