// Code in the documentation runs. A TypeScript block is run when its fence says so:
//
//     ```ts run            starts the block, asks what it serves for `/`, expects 200 from an origin, stops it
//     ```ts run /api/x     the same with another path
//
// The text is run as it stands, with two changes that keep tests apart: port 8080, where blocks listen, becomes any free port; each other
// `http://127.0.0.1:3000` is an origin, and becomes one that this test started. A block that handles SIGTERM has to end with exit code 0.
// A block that listens nowhere only has to end by itself. Each block listens once at most, and imports what the packages in test/ may import.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startDemoOrigin } from '../../examples/quickstart/demo-origin.ts';

const testFolder = path.resolve(import.meta.dirname, '..');
const repositoryRoot = path.resolve(testFolder, '..');
const pages = globSync(['README.md', 'docs/guide/**/*.md', 'packages/*/README.md'], { cwd: repositoryRoot });

interface Block {
  /** `README.md:17`. */
  readonly place: string;
  readonly path: string;
  readonly code: string;
}

/** The blocks of a page that are to be run. */
function readBlocks(page: string, markdown: string): Block[] {
  return [...markdown.matchAll(/^```ts run *(\S*) *\n(.*?)^```/gms)].map((match) => ({
    place: `${page}:${markdown.slice(0, match.index).split('\n').length}`,
    path: match[1] === '' ? '/' : (match[1] ?? '/'),
    code: match[2] ?? '',
  }));
}

/** Puts free ports and living origins into the code. */
async function prepare(code: string): Promise<string> {
  let prepared = code.replaceAll(/\b8080\b/g, '0');
  const ports = new Set([...prepared.matchAll(/http:\/\/127\.0\.0\.1:([1-9]\d*)/g)].map((match) => match[1]));
  for (const port of ports) {
    const origin = await startDemoOrigin(`port ${port}`);
    onTestFinished(() => origin.kill());
    prepared = prepared.replaceAll(`http://127.0.0.1:${port}`, origin.url);
  }
  return prepared;
}

function startCode(code: string): { child: ChildProcess; stderr: () => string } {
  const preload = path.join(import.meta.dirname, 'report-listening.ts');
  const child = spawn(process.execPath, ['--import', preload, '--input-type=module-typescript', '--eval', code], {
    cwd: testFolder,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return { child, stderr: () => stderr };
}

/** Runs a block and says what is wrong with what it did. */
async function findFaults(block: Block): Promise<string[]> {
  const { child, stderr } = startCode(await prepare(block.code));
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  const listening = once(child, 'message') as Promise<[number]>;
  const [port] = await Promise.race([listening, closed.then(() => [undefined])]);
  const faults = port === undefined ? [] : await probe(`http://127.0.0.1:${port}${block.path}`);
  if (port !== undefined) child.kill('SIGTERM');
  const [code, signal] = await closed;
  const ending = signal ?? `exit code ${code}`;
  const expected = port === undefined || block.code.includes('SIGTERM') ? 'exit code 0' : 'SIGTERM';
  if (ending !== expected) faults.push(`ended with ${ending}, not ${expected}`);
  if (stderr() !== '') faults.push(stderr());
  return faults;
}

async function probe(url: string): Promise<string[]> {
  const response = await fetch(url);
  const text = await response.text();
  const isGood = response.status === 200 && text.startsWith('hello from port ');
  return isGood ? [] : [`answered ${response.status} ${text}`];
}

const blocks = pages.flatMap((page) => readBlocks(page, readFileSync(path.join(repositoryRoot, page), 'utf8')));

describe('documented code', () => {
  test('is there to be run', () => {
    expect(blocks.map((block) => block.place)).toContainEqual(expect.stringMatching(/^README\.md:/));
  });

  test.each(blocks)('of $place runs', async (block) => {
    expect(await findFaults(block)).toEqual([]);
  });

  test('is found by its fence', () => {
    const markdown = 'Text\n\n```ts run /api/x\none();\n```\n\n```ts\ntwo();\n```\n\n```ts run\nthree();\n```\n';
    expect(readBlocks('a.md', markdown)).toEqual([
      { place: 'a.md:3', path: '/api/x', code: 'one();\n' },
      { place: 'a.md:11', path: '/', code: 'three();\n' },
    ]);
  });

  test('that fails is noticed', async () => {
    const serve = (answer: string): string =>
      `import { createServer } from 'node:http'; createServer((req, res) => ${answer}).listen(8080);`;
    const run = (code: string): Promise<string[]> => findFaults({ place: 'a.md:1', path: '/', code });
    expect(await run(serve("res.end('hello from port 1')"))).toEqual([]);
    expect(await run('console.log(1);')).toEqual([]);
    expect(await run("throw new Error('broken');")).toEqual([
      'ended with exit code 1, not exit code 0',
      expect.stringContaining('broken'),
    ]);
    expect(await run(serve("res.end('hello from nobody')"))).toEqual(['answered 200 hello from nobody']);
    expect(await run(serve("res.writeHead(502).end('hello from port 1')"))).toEqual(['answered 502 hello from port 1']);
    expect(
      await run(`process.once('SIGTERM', () => process.exit(3)); ${serve("res.end('hello from port 1')")}`),
    ).toEqual(['ended with exit code 3, not exit code 0']);
  });
});
