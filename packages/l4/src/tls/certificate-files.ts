// The files that options name: which they are, and reading all of them again without holding up everybody else.
import { readFile as readFileSoon } from 'node:fs/promises';
import type { ReadFile } from './pem.ts';
import type { TlsContextsOptions } from './tls-contexts-options.ts';

/** What files hold; the error when they can not be read. */
type Contents = ReadonlyMap<string, Buffer | Error>;

/** What the files of some options held when they were read last. */
export class CertificateFiles {
  readonly #paths: readonly string[];
  #contents: Contents;

  /** @param contents - What is known of the files. */
  constructor(options: TlsContextsOptions, contents: Contents) {
    this.#paths = filesOf(options);
    this.#contents = contents;
  }

  /** Reads all files again. @returns how they can be had; `undefined` when nothing has changed since they were read last */
  async read(): Promise<ReadFile | undefined> {
    const before = this.#contents;
    const now = new Map(await Promise.all(this.#paths.map(async (path) => [path, await contentsOf(path)] as const)));
    this.#contents = now;
    if ([...now].every(([path, contents]) => isSame(contents, before.get(path)))) return undefined;
    return (path) => {
      const contents = now.get(path);
      if (Buffer.isBuffer(contents)) return contents;
      throw contents ?? new Error(`${path} was not read`);
    };
  }
}

/** The files that options name, each once. */
function filesOf(options: TlsContextsOptions): string[] {
  const { certificates = [], clientCertificates = {} } = options;
  const pairs = [options, ...certificates].flatMap(({ certFile, keyFile }) => [certFile, keyFile]);
  const { caFile, crlFile } = clientCertificates;
  return [...new Set([...pairs, caFile, crlFile])].filter((path) => path !== undefined);
}

async function contentsOf(path: string): Promise<Buffer | Error> {
  try {
    return await readFileSoon(path);
  } catch (error) {
    return error as Error;
  }
}

function isSame(one: Buffer | Error, other: Buffer | Error | undefined): boolean {
  if (Buffer.isBuffer(one)) return Buffer.isBuffer(other) && one.equals(other);
  return other instanceof Error && one.message === other.message;
}
