// Endpoints that a file lists: edited by hand, written by a tool, mounted by Kubernetes. The system tells about changes, and where it does not,
// the file is looked at from time to time.
import {
  createAbortScope,
  describeValue,
  parseEndpointList,
  pause,
  readClock,
  resolveOptions,
  type AbortScope,
  type Clock,
  type EndpointSnapshot,
  type EndpointSource,
  type OwnedAbortScope,
  type SourceFailure,
} from '@sluice/core';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { FolderWatch } from './folder-watch.ts';
import { readSmallFile, versionOf } from './read-small-file.ts';

/** What `fileEndpoints` takes besides the path. */
export interface FileEndpointsOptions {
  /** How often the file is looked at when the system tells of no change, in milliseconds. @defaultValue 5000 */
  readonly intervalMs?: number;
  /** How long a change rests before the file is read, in milliseconds: writing takes time. @defaultValue 100 */
  readonly settleMs?: number;
  /** The largest file that is read, in bytes. @defaultValue 1048576 */
  readonly maxBytes?: number;
  /** Where time comes from. @defaultValue the system's */
  readonly clock?: Clock;
}

type ResolvedFile = Required<FileEndpointsOptions> & { readonly file: string };

/**
 * Makes a source of a JSON file: a list of endpoints, or `{ "endpoints": [...], "revision": "42" }`. It may be written in place, replaced, or reached
 * through symbolic links that change. A file that is missing, cut off or wrong is told as a failure, once for each version.
 *
 * @param file - Its path, which is made absolute now.
 * @throws OptionsError with every issue
 * @example
 * ```ts
 * import { createUpstream } from '@sluice/core';
 * import { fileEndpoints } from '@sluice/l4';
 *
 * const upstream = createUpstream({ endpoints: fileEndpoints('/etc/sluice/endpoints.json') });
 * ```
 */
export function fileEndpoints(file: string | URL, options: FileEndpointsOptions = {}): EndpointSource {
  const settings = resolveOptions(options, 'fileEndpoints', (reader): ResolvedFile => {
    const isPath = typeof file === 'string' ? file !== '' : file instanceof URL && file.protocol === 'file:';
    if (!isPath) reader.issue('file', `must be a path or a file: URL, got ${describeValue(file)}`);
    return {
      file: isPath ? path.resolve(typeof file === 'string' ? file : fileURLToPath(file)) : '',
      intervalMs: reader.number('intervalMs', { default: 5_000, min: 1, max: 86_400_000 }),
      settleMs: reader.number('settleMs', { default: 100, min: 0, max: 60_000 }),
      maxBytes: reader.integer('maxBytes', { default: 1_048_576, min: 1, max: 268_435_456 }),
      clock: readClock(reader),
    };
  });
  return { name: `file:${settings.file}`, watch: (scope) => watchFile(settings, scope) };
}

async function* watchFile(
  { file, intervalMs, settleMs, maxBytes, clock }: ResolvedFile,
  scope: AbortScope,
): AsyncGenerator<EndpointSnapshot | SourceFailure, void> {
  const reading = new FileReading(file, maxBytes);
  let nap: OwnedAbortScope | undefined;
  let hasChanged = false;
  const folder = new FolderWatch(path.dirname(file), () => {
    hasChanged = true;
    nap?.abort('changed');
  });
  const forget = scope.onAbort(() => folder.close());
  try {
    while (!scope.aborted) {
      // Watched first, so that no change falls between reading and watching.
      await folder.refresh();
      hasChanged = false;
      const news = await reading.next();
      if (scope.aborted) return;
      if (news !== undefined) yield news;
      nap = createAbortScope(scope);
      if (!hasChanged && !reading.isTorn) await pause(intervalMs, clock, nap).catch(ignore);
      nap.close();
      if (!scope.aborted && (hasChanged || reading.isTorn)) await pause(settleMs, clock, scope).catch(ignore);
    }
  } finally {
    forget();
    folder.close();
  }
}

/** What a file says, version by version. */
class FileReading {
  /** Whether it was being written when it was read last. */
  isTorn = false;
  readonly #file: string;
  readonly #maxBytes: number;
  /** The version, or the failure, that was told last. */
  #told = '';
  #snapshot: EndpointSnapshot | undefined;

  constructor(file: string, maxBytes: number) {
    this.#file = file;
    this.#maxBytes = maxBytes;
  }

  /** The endpoints, also when they are the same; a failure once; `undefined` when there is nothing to tell. */
  async next(): Promise<EndpointSnapshot | SourceFailure | undefined> {
    this.isTorn = false;
    let version: string | undefined;
    try {
      version = await versionOf(this.#file);
      if (version === this.#told) return this.#snapshot;
      const read = await readSmallFile(this.#file, this.#maxBytes);
      this.isTorn = read.text === undefined;
      if (read.text === undefined) return undefined;
      version = read.version;
      this.#snapshot = parseEndpointList(read.text);
      this.#told = version;
      return this.#snapshot;
    } catch (error) {
      const told = version ?? (error as Error).message;
      if (told === this.#told) return undefined;
      this.#told = told;
      this.#snapshot = undefined;
      return { error };
    }
  }
}

function ignore(): void {}
