// Code in the documentation compiles: each `@example` of a public symbol, and each TypeScript block of a page that imports something.

import path from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { readCodeBlocks } from './markdown.ts';
import { listFiles, packageFolders, readText, readTypeScript, repositoryRoot } from './source-tree.ts';

/** A piece of documented code; `origin` is the file that it stands in. */
interface Snippet {
  readonly origin: string;
  readonly text: string;
}

/** The examples in a source file's doc comments. They may leave out the imports of their own package; those are put in front. */
function readExamples(
  origin: string,
  source: string,
  packageName: string,
  exportedNames: readonly string[],
): Snippet[] {
  return [...source.matchAll(/@example\s*\n((?: *\*(?!\/).*\n)+)/g)].flatMap((match) => {
    const comment = (match[1] ?? '').replaceAll(/^ *\* ?/gm, '');
    return readCodeBlocks(comment, 'ts').map((text) => {
      const used = exportedNames.filter((name) => new RegExp(`\\b${name}\\b`).test(text));
      const isWhole = /^import /m.test(text) || used.length === 0;
      return { origin, text: isWhole ? text : `import { ${used.join(', ')} } from '${packageName}';\n${text}` };
    });
  });
}

/** The public values of a package, from its barrel. */
function listValues(packageFolder: string): string[] {
  const lines = readText(`test/architecture/exports/${packageFolder}.txt`).split('\n');
  return lines.flatMap((line) => (line.startsWith('value ') ? [line.slice('value '.length)] : []));
}

/** What the type checker says about the snippets, one line per error. They are checked as modules of the test folder. */
function checkSnippets(snippets: readonly Snippet[]): string[] {
  const base = ts.readConfigFile(path.join(repositoryRoot, 'tsconfig.base.json'), (file) => ts.sys.readFile(file));
  const { options } = ts.parseJsonConfigFileContent(base.config, ts.sys, repositoryRoot);
  const texts = new Map(
    snippets.map(({ text }, index) => [path.join(repositoryRoot, `test/snippet-${index}.ts`), `${text}\nexport {};\n`]),
  );
  const disk = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (file) => texts.has(file) || disk.fileExists(file),
    getSourceFile: (file, settings) => {
      const text = texts.get(file);
      return text === undefined ? disk.getSourceFile(file, settings) : ts.createSourceFile(file, text, settings);
    },
  };
  const program = ts.createProgram([...texts.keys()], { ...options, noUnusedLocals: false }, host);
  return [...texts.keys()].flatMap((file, index) => {
    const source = program.getSourceFile(file);
    const diagnostics = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return diagnostics.map(
      ({ messageText }) => `${snippets[index]?.origin}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    );
  });
}

describe('documented code', () => {
  test('compiles', { timeout: 60_000 }, () => {
    const examples = packageFolders.flatMap((name) =>
      readTypeScript(`packages/${name}/src`).flatMap((file) =>
        readExamples(file.path, file.text, `@sluice/${name}`, listValues(name)),
      ),
    );
    const pages = [
      'README.md',
      ...[...listFiles('docs'), ...listFiles('packages')].filter((file) => file.endsWith('.md')),
    ];
    const blocks = pages.flatMap((page) =>
      readCodeBlocks(readText(page), 'ts')
        .filter((text) => /^import /m.test(text))
        .map((text) => ({ origin: page, text })),
    );
    expect(examples.length).toBeGreaterThan(0);
    expect(blocks.length).toBeGreaterThan(0);
    expect(checkSnippets([...examples, ...blocks])).toEqual([]);
  });

  test('finds an example that does not compile', { timeout: 60_000 }, () => {
    const source = '/**\n * Makes it.\n *\n * @example\n * ```ts\n * const made: number = makeIt();\n * ```\n */\n';
    const [example] = readExamples('a.ts', source, 'node:path', ['makeIt', 'other']);
    expect(example?.text).toBe("import { makeIt } from 'node:path';\nconst made: number = makeIt();\n");
    const errors = checkSnippets([
      { origin: 'good.md', text: 'const a: number = await Promise.resolve(1);' },
      { origin: 'bad.md', text: "const a: number = 'text';" },
    ]);
    expect(errors).toEqual(["bad.md: Type 'string' is not assignable to type 'number'."]);
  });
});
