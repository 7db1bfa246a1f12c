// Reads what the rules need from Markdown: tables, links, code spans and paths. No rendering.

/** The rows of all tables, each as its cells by the lower-cased heading of their column; backticks are taken off. */
export function readMarkdownTables(markdown: string): Record<string, string>[] {
  const rows: Record<string, string>[] = [];
  let headings: string[] | undefined;
  for (const line of markdown.split('\n')) {
    const cells = splitRow(line);
    if (cells === undefined) headings = undefined;
    else if (headings === undefined) headings = cells.map((cell) => cell.toLowerCase());
    else if (!cells.every((cell) => /^:?-+:?$/.test(cell))) {
      rows.push(Object.fromEntries(headings.map((heading, column) => [heading, cells[column] ?? ''])));
    }
  }
  return rows;
}

function splitRow(line: string): string[] | undefined {
  const trimmed = line.trim();
  if (!trimmed.startsWith('|')) return undefined;
  const inner = trimmed.slice(1, trimmed.endsWith('|') ? -1 : undefined);
  return inner.split('|').map((cell) => cell.trim().replaceAll('`', ''));
}

/** The targets of all links and images that stay in the repository, without their anchors. */
export function readLinkTargets(markdown: string): string[] {
  const targets: string[] = [];
  const withoutCode = markdown.replaceAll(/^```.*?^```/gms, '').replaceAll(/`[^`\n]*`/g, '');
  for (const match of withoutCode.matchAll(/\]\(([^()\s]+)[^)]*\)|^\[[^\]]+\]:\s*(\S+)/gm)) {
    const target = (match[1] ?? match[2] ?? '').replace(/#.*$/, '');
    if (target !== '' && !/^[a-z][a-z+.-]*:/i.test(target)) targets.push(target);
  }
  return targets;
}

/** The contents of all code spans; code blocks are left out. */
export function readCodeSpans(markdown: string): string[] {
  const withoutBlocks = markdown.replaceAll(/^```.*?^```/gms, '');
  return [...withoutBlocks.matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? '');
}

/** Everything in the text, code blocks included, that starts like a path from the root: `packages/core/src/index.ts`. */
export function readRootPaths(markdown: string): string[] {
  const withoutLinks = markdown.replaceAll(/\]\([^)]*\)/g, ']').replaceAll(/\b[a-z]+:\/\/\S+/g, '');
  const paths = withoutLinks.matchAll(/(?<![\w./@-])(?:packages|examples|docs|test|bench)\/[\w.*/-]*[\w*/]/g);
  return [...paths].map((match) => match[0]);
}

/** The contents of the fenced code blocks in a language; words behind the language do not matter. */
export function readCodeBlocks(markdown: string, language: string): string[] {
  const blocks = markdown.matchAll(/^```(\w*)[^\n]*\n(.*?)^```/gms);
  return [...blocks].flatMap((match) => (match[1] === language ? [match[2] ?? ''] : []));
}
