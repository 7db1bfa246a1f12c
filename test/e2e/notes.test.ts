// The notes on what Node really does: every claim has a script, every script is named by a note, and every script proves its claim on this Node.

import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const notesFolder = path.join(import.meta.dirname, '../../docs/notes');
/** What the scripts share; proves nothing by itself. */
const sharedByScripts = 'loopback.mjs';

const scripts = readdirSync(path.join(notesFolder, 'scripts')).filter((file) => file !== sharedByScripts);
const notes = readdirSync(notesFolder).filter((file) => file.endsWith('.md'));

function readNote(note: string): string {
  return readFileSync(path.join(notesFolder, note), 'utf8');
}

describe('the notes', () => {
  test('name every script', () => {
    const named = notes.flatMap((note) =>
      [...readNote(note).matchAll(/\(scripts\/([\w.-]+)\)/g)].map(([, file]) => file),
    );
    expect(scripts.length).toBeGreaterThan(0);
    expect(scripts.filter((script) => !named.includes(script))).toEqual([]);
  });

  test('have a script for every claim of sockets.md', () => {
    const claims = readNote('sockets.md')
      .split(/\n(?=- |## )/)
      .filter((part) => part.startsWith('- '));
    expect(claims.length).toBeGreaterThan(0);
    expect(claims.filter((claim) => !claim.includes('](scripts/'))).toEqual([]);
  });

  test.each(scripts)('are right: %s', async (script) => {
    const run = promisify(execFile)(process.execPath, [path.join(notesFolder, 'scripts', script)], { timeout: 20_000 });
    await expect(run).resolves.toMatchObject({ stdout: '' });
  });
});
