// CRC32C (Castagnoli), the checksum of RFC 4960 appendix B. zlib's CRC32 has another polynomial.

/** The reflected polynomial 0x1edc6f41. */
const polynomial = 0x82f63b78;

const table: Uint32Array = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? polynomial : 0);
  return remainder;
});

/**
 * The checksum of bytes, unsigned.
 *
 * @param zerosAt - Where four bytes count as zeros: a checksum covers its own field so. None by default.
 */
export function crc32c(bytes: Uint8Array, zerosAt: number = bytes.length): number {
  let crc = -1;
  for (let index = 0; index < bytes.length; index++) {
    const byte = index >= zerosAt && index < zerosAt + 4 ? 0 : (bytes[index] as number);
    crc = (table[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}
