// Shows lines that change: redrawn in place on a terminal, printed now and then elsewhere. What they say is distribution-table.ts.

/** What this needs to know of `process.stdout`. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface LiveTable {
  /** Prints a line that stays, above the table. */
  note(line: string): void;
  /** Shows the table a last time. */
  stop(): void;
}

/** Starts showing what `render` returns. */
export function showLiveTable(output: Screen, render: () => readonly string[]): LiveTable {
  return output.isTTY ? redrawInPlace(output, render) : printFromTimeToTime(output, render);
}

function redrawInPlace(output: Screen, render: () => readonly string[]): LiveTable {
  let drawn = 0;
  const erase = (): string => (drawn === 0 ? '' : `\u001b[${drawn}A\u001b[J`);
  const draw = (note = ''): void => {
    // A line that wraps would take two rows, and the next redraw would leave one behind.
    const { columns = 0 } = output;
    const lines = render().map((line) => (columns > 0 ? line.slice(0, columns - 1) : line));
    output.write(`${erase()}${note}${lines.join('\n')}\n`);
    drawn = lines.length;
  };
  draw();
  const timer = setInterval(draw, 500);
  return {
    note: (line) => draw(`${line}\n`),
    stop() {
      clearInterval(timer);
      draw();
    },
  };
}

function printFromTimeToTime(output: Screen, render: () => readonly string[]): LiveTable {
  let printed = '';
  const print = (): void => {
    const table = render().join('\n');
    if (table !== printed) output.write(`${table}\n`);
    printed = table;
  };
  print();
  const timer = setInterval(print, 5_000);
  return {
    note: (line) => void output.write(`${line}\n`),
    stop() {
      clearInterval(timer);
      print();
    },
  };
}
