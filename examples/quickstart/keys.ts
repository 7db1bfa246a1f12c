// Single keys from a terminal, without Enter. Without a terminal there are none.

import type { ReadStream } from 'node:tty';

/** Calls `onKey` with each key; Ctrl-C comes as `'\u0003'`. @returns a function that gives the keyboard back */
export function watchKeys(input: ReadStream, onKey: (key: string) => void): () => void {
  if (!input.isTTY) return () => {};
  const onData = (text: string): void => {
    for (const key of text) onKey(key);
  };
  input.setRawMode(true).setEncoding('utf8').on('data', onData).resume();
  return () => {
    input.off('data', onData).setRawMode(false).pause();
  };
}
