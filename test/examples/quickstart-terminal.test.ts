// The quickstart on a terminal: the table is redrawn in place, and keys work.

import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { showLiveTable } from '../../examples/quickstart/live-table.ts';
import { startProcess } from './example-process.ts';

// `script` gives a process a terminal. This is the util-linux one; that of BSD and macOS takes other arguments.
const terminal = '/usr/bin/script';
const hasTerminal = process.platform === 'linux' && existsSync(terminal);

describe('the live table', () => {
  /** What was written, one piece per write. */
  function createScreen(
    isTTY: boolean,
    columns: number,
  ): { isTTY: boolean; columns: number; pieces: string[]; write(text: string): void } {
    const pieces: string[] = [];
    return { isTTY, columns, pieces, write: (text) => void pieces.push(text) };
  }

  test('is redrawn over itself on a terminal, cut to its width, with notes above it', () => {
    const screen = createScreen(true, 11);
    let count = 0;
    const live = showLiveTable(screen, () => [`count ${++count}`, 'a line too long']);
    live.note('a note');
    live.stop();
    expect(screen.pieces).toEqual([
      'count 1\na line too\n',
      '\u001b[2A\u001b[Ja note\ncount 2\na line too\n',
      '\u001b[2A\u001b[Jcount 3\na line too\n',
    ]);
  });

  test('is printed as plain lines elsewhere, and not twice the same', () => {
    const screen = createScreen(false, 0);
    let count = 1;
    const live = showLiveTable(screen, () => [`count ${count}`, 'a line of any length']);
    live.note('a note');
    live.stop();
    expect(screen.pieces).toEqual(['count 1\na line of any length\n', 'a note\n']);
    count = 2;
    live.stop();
    expect(screen.pieces.at(-1)).toBe('count 2\na line of any length\n');
  });
});

describe.skipIf(!hasTerminal)('the quickstart on a terminal (needs the script command of Linux)', () => {
  test('kills and restarts an origin by its key, and drains on Ctrl-C', async () => {
    const command = `'${process.execPath}' examples/quickstart/main.ts --port 0`;
    const quickstart = startProcess(terminal, ['--quiet', '--return', '--command', command, '/dev/null'], {
      TERM: 'xterm',
    });
    await quickstart.output(/listens on (http:\S+) /);
    quickstart.type('2');
    await quickstart.output(/You killed origin-2\./);
    await quickstart.output(/origin-2 failed/);
    quickstart.type('2');
    await quickstart.output(/You restarted origin-2\./);
    quickstart.type('9x');
    quickstart.type('\u0003');
    const { code, stdout } = await quickstart.ended;
    expect(stdout).toContain('\u001b[6A\u001b[J');
    expect(stdout).toContain('Drained.');
    expect(stdout).toContain('requests failed: 0,');
    expect(code).toBe(0);
  });
});
