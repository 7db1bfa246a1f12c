// Hears when something changes in a folder, as far as the system tells. It may tell nothing (network file systems, no watches left), so that who
// uses it looks from time to time anyway.
import { watch, type FSWatcher } from 'node:fs';
import { stat } from 'node:fs/promises';

/** A watch on a folder that may vanish, and be another one later. */
export class FolderWatch {
  readonly #folder: string;
  readonly #onEvent: () => void;
  #watcher: FSWatcher | undefined;
  /** Which folder is watched; a name says nothing about that. */
  #identity: string | undefined;
  #isClosed = false;

  constructor(folder: string, onEvent: () => void) {
    this.#folder = folder;
    this.#onEvent = onEvent;
  }

  /** Watches the folder that has the name now. */
  async refresh(): Promise<void> {
    const identity = await identify(this.#folder);
    if (this.#isClosed || (identity === this.#identity && this.#watcher !== undefined)) return;
    this.#stop();
    if (identity === undefined) return;
    try {
      // The watch does not keep the process alive, as little as timers do.
      const watcher = watch(this.#folder, { persistent: false }, this.#onEvent);
      watcher.on('error', () => {
        watcher.close();
        if (this.#watcher === watcher) this.#watcher = undefined;
      });
      this.#watcher = watcher;
      this.#identity = identity;
    } catch {
      // No watches left, or the folder is gone again.
    }
  }

  /** Ends the watch for good. */
  close(): void {
    this.#isClosed = true;
    this.#stop();
  }

  #stop(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#identity = undefined;
  }
}

async function identify(folder: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(folder, { bigint: true });
    return `${dev} ${ino}`;
  } catch {
    return undefined;
  }
}
