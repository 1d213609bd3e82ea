/**
 * A plugin of Stryker (https://stryker-mutator.io/docs/stryker-js/disable-mutants/#using-an-ignorer-plugin): the
 * sentences of errors and log lines get no mutants, because a test of their words would only repeat them. Codes, kinds
 * and field names decide, have no blank, and do get them; so do the reasons that a retention plan gives.
 */

/** As much as is needed of Babel's `NodePath` (https://babeljs.io/docs/babel-traverse). */
interface NodePath {
  readonly node: {
    readonly type: string;
    readonly value?: unknown;
    readonly quasis?: readonly { readonly value: { readonly raw: string } }[];
    readonly callee?: { readonly name?: string; readonly object?: { readonly name?: string } };
  };
  readonly parentPath: NodePath | null;
}

const SENTENCE_OF = /^(log|mismatch|invalidManifest)$|Error$/;

function shouldIgnore(path: NodePath): string | undefined {
  if (!textsOf(path.node).some((text) => text.includes(' '))) return undefined;
  for (let at = path.parentPath; at !== null; at = at.parentPath) {
    const { type, callee } = at.node;
    // What is computed for a sentence is mutated as everything else.
    if (type.endsWith('Statement') || type.endsWith('Function') || type === 'ArrowFunctionExpression')
      return undefined;
    if (SENTENCE_OF.test(callee?.name ?? callee?.object?.name ?? '')) return 'a sentence for people';
  }
  return undefined;
}

function textsOf({ type, value, quasis }: NodePath['node']): string[] {
  if (type === 'StringLiteral') return [String(value)];
  return type === 'TemplateLiteral' ? (quasis ?? []).map((quasi) => quasi.value.raw) : [];
}

export const strykerPlugins = [{ kind: 'Ignore', name: 'prose', value: { shouldIgnore } }];
