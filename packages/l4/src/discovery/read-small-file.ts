// Reads a file that others may be writing: whole, not larger than allowed, and only if it stood still meanwhile.
import { constants, type BigIntStats } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { coreError } from '@sluice/core';

/** A file's text, or `undefined` when it changed while it was read. */
export interface SmallFile {
  readonly text: string | undefined;
  /** Tells this version of the file from others, as far as the system does. */
  readonly version: string;
}

/** Which version of a file is there; a symbolic link's is that of the file it leads to. @throws the system's error */
export async function versionOf(path: string): Promise<string> {
  return formatVersion(await stat(path, { bigint: true }));
}

/** @throws the system's error; ProxyError `SLUICE_DISCOVERY_FAILED` when it is no file, or too large */
export async function readSmallFile(path: string, maxBytes: number): Promise<SmallFile> {
  // Without waiting for the other end of what turns out to be a pipe.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const before = await file.stat({ bigint: true });
    if (!before.isFile()) throw coreError('SLUICE_DISCOVERY_FAILED', `${path} is no file`);
    const bytes = await readUpTo(file, maxBytes + 1);
    if (bytes.byteLength > maxBytes)
      throw coreError('SLUICE_DISCOVERY_FAILED', `${path} has more than ${maxBytes} bytes`);
    const version = formatVersion(await file.stat({ bigint: true }));
    return { text: version === formatVersion(before) ? bytes.toString('utf8') : undefined, version };
  } finally {
    await file.close();
  }
}

function formatVersion({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs}`;
}

async function readUpTo(file: FileHandle, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  while (length < maxBytes) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(Math.min(65_536, maxBytes - length)));
    if (bytesRead === 0) break;
    chunks.push(buffer.subarray(0, bytesRead));
    length += bytesRead;
  }
  return Buffer.concat(chunks, length);
}
