import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const PROGRAM = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map((file) => path.posix.join('src', ...file.split(path.sep)))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'));

describe('a function, class or schema that a file exports', () => {
  it('says what it is', () => {
    expect(PROGRAM.flatMap((file) => silentExports(file, readFileSync(file, 'utf8')))).toEqual([]);
  });

  it.each([
    ['a function', 'export function f(): void {}', ['f']],
    ['an async function', '// not for readers of the API\nexport async function f() {}', ['f']],
    ['a class', 'export abstract class C {}', ['C']],
    ['a decorated class', '@Injectable()\nexport class C {}', ['C']],
    ['a schema', 'export const s = z.strictObject({ a: z.string() }).meta({ id: "S" });', ['s']],
    ['a schema made of another', 'export const bSchema = aSchema.partial();', ['bSchema']],
    ['a function in a constant', 'export const f = (): number => 1;', ['f']],
    ['an empty comment', '/** */\nexport class C {}', ['C']],
    ['a comment', '/** What it is. */\n@Injectable()\nexport class C {}', []],
    ['a plain constant', 'export const LIMIT = 3;', []],
    ['what is not exported', 'class C {} function f() {} const s = z.string();', []],
  ])('is found out without it: %s', (_what, text, silent) => {
    expect(silentExports('x.ts', text)).toEqual(silent.map((name) => `x.ts ${name}`));
  });
});

/** The exports of a file that must have a docstring and have none. */
function silentExports(file: string, text: string): string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  return source.statements
    .filter((statement) => isExported(statement) && !hasDocstring(statement))
    .flatMap((statement) => namesIn(statement, source).map((name) => `${file} ${name}`));
}

function isExported(statement: ts.Statement): boolean {
  if (!ts.canHaveModifiers(statement)) return false;
  const modifiers = ts.getModifiers(statement) ?? [];
  return modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
}

function hasDocstring(statement: ts.Statement): boolean {
  return ts.getJSDocCommentsAndTags(statement).some((node) => /\w/.test(node.getText()));
}

/** What a statement declares of the kinds that need a docstring. */
function namesIn(statement: ts.Statement, source: ts.SourceFile): string[] {
  if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) {
    return [statement.name?.text ?? 'default'];
  }
  if (!ts.isVariableStatement(statement)) return [];
  const declarations = statement.declarationList.declarations.filter(
    ({ initializer }) => initializer !== undefined && needsDocstring(initializer),
  );
  return declarations.map(({ name }) => name.getText(source));
}

/** Functions, and Zod schemas: what `z` makes, or what is made of a schema. */
function needsDocstring(value: ts.Expression): boolean {
  if (ts.isArrowFunction(value) || ts.isFunctionExpression(value)) return true;
  if (!ts.isCallExpression(value)) return false;
  const [root = ''] = value.getText().split(/[.(\s]/);
  return root === 'z' || /schema$/i.test(root);
}
