// docs/options.md has every option with its default, made from the docstrings that editors show. After a change: `pnpm test:architecture -u`.
import ts from 'typescript';
import { expect, test } from 'vitest';
import { parseSource, walk } from './parsed-source.ts';
import { entryPoints, packageFolders, readPublishedSources, type TextFile } from './source-tree.ts';

/** One interface of options. */
interface OptionGroup {
  readonly name: string;
  readonly summary: string;
  readonly rows: readonly (readonly [name: string, type: string, usual: string, text: string])[];
}

const intro = `# Options

Every option of every package, with its default. Wrong ones are refused when the thing is made, all of them in one message, with the name you probably
meant. Durations are in milliseconds, sizes in bytes. This page is made from the docstrings in the source.
`;

/** Interfaces that are passed to the functions users call: their properties are all optional, or their name says what they are. */
function isOptions(name: string): boolean {
  return /^(?!Resolved)\w*(Options|Limits|Timeouts|Rules)$/.test(name);
}

function readGroups(file: TextFile): OptionGroup[] {
  const groups: OptionGroup[] = [];
  const source = parseSource(file);
  walk(source, (node) => {
    if (!ts.isInterfaceDeclaration(node) || !isOptions(node.name.text) || !isExported(node)) return;
    const rows = node.members.filter(ts.isPropertySignature).map((member) => readRow(member, source));
    groups.push({ name: node.name.text, summary: `${docOf(node).text}${describeParents(node, source)}`, rows });
  });
  return groups;
}

/** What it takes besides: the groups that it extends. */
function describeParents({ heritageClauses }: ts.InterfaceDeclaration, source: ts.SourceFile): string {
  const parents = (heritageClauses ?? []).flatMap(({ types }) => types.map((type) => code(type.getText(source))));
  return parents.length === 0 ? '' : ` Also takes ${parents.join(' and ')}.`;
}

function isExported(node: ts.InterfaceDeclaration): boolean {
  return node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
}

function readRow(member: ts.PropertySignature, source: ts.SourceFile): OptionGroup['rows'][number] {
  const { text, usual } = docOf(member);
  const type = member.type?.getText(source).replaceAll(/\s+/g, ' ') ?? '';
  const missing = member.questionToken === undefined ? 'required' : '';
  return [member.name.getText(source), type, usual === '' ? missing : usual, text];
}

function docOf(node: ts.Node): { readonly text: string; readonly usual: string } {
  const [doc] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  const tag = doc?.tags?.find(({ tagName }) => tagName.text === 'defaultValue');
  return { text: plain(doc?.comment), usual: plain(tag?.comment) };
}

function plain(comment: ts.JSDoc['comment']): string {
  return (ts.getTextOfJSDocComment(comment) ?? '').replaceAll(/\s+/g, ' ').trim();
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function code(text: string): string {
  return text === '' ? '' : `\`${cell(text)}\``;
}

function formatGroup({ name, summary, rows }: OptionGroup): string {
  const lines = rows.map(
    ([option, type, usual, text]) => `| ${code(option)} | ${code(type)} | ${cell(usual)} | ${cell(text)} |`,
  );
  return `### ${name}\n\n${summary}\n\n| option | type | default | |\n| --- | --- | --- | --- |\n${lines.join('\n')}\n`;
}

/** The options that a package's public names include, in the order of their files. */
function describePackage(name: string): string {
  const sources = readPublishedSources();
  const barrels = entryPoints.filter(({ folder }) => folder === name).map(({ index }) => index);
  const barrel = sources.flatMap(({ path, text }) => (barrels.includes(path) ? [text] : [])).join('');
  const groups = sources
    .filter(({ path }) => path.startsWith(`packages/${name}/`))
    .flatMap(readGroups)
    .filter((group) => new RegExp(`\\b${group.name}\\b`).test(barrel));
  return groups.length === 0 ? '' : `\n## @sluice/${name}\n\n${groups.map(formatGroup).join('\n')}`;
}

test('docs/options.md has the options as their docstrings describe them', async () => {
  const text = intro + packageFolders.map(describePackage).join('');
  expect(text).toContain('| `maxFails` | `number` | 1 |');
  await expect(text).toMatchFileSnapshot('../../docs/options.md');
});

test('every option says what it does', () => {
  const groups = readPublishedSources().flatMap(readGroups);
  const silent = groups.flatMap(({ name, rows }) =>
    rows.filter(([, , usual, text]) => text === '' && usual === '').map(([option]) => `${name}.${option}`),
  );
  expect(groups.length).toBeGreaterThan(10);
  expect(silent).toEqual([]);
});
