// A fast 32-bit hash of text, for placing keys; not for secrets. Hashes are signed: V8 keeps those unboxed.

/** FNV-1a over the UTF-16 code units from `start` on, mixed by MurmurHash3's finaliser so that similar keys land far apart. */
export function hash32(text: string, start = 0): number {
  let hash = 0x811c9dc5;
  for (let index = start; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return mix32(hash);
}

/** MurmurHash3's 32-bit finaliser: a bijection in which every input bit reaches every output bit. */
export function mix32(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
