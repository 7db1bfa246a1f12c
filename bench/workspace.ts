// Where a run of the bench keeps its files, and the one place that cleans up when it is interrupted.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadCore, moveTo, stopAll } from './tools.ts';

/** Lends a folder for as long as `work` takes, and keeps this process away from the core of the proxies. */
export async function withWorkspace(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-bench-'));
  // The workers of a server that root has started are somebody else.
  chmodSync(folder, 0o755);
  const clean = (): void => {
    stopAll();
    rmSync(folder, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      clean();
      process.exit(130);
    });
  }
  moveTo(loadCore);
  try {
    await work(folder);
  } finally {
    clean();
  }
}
