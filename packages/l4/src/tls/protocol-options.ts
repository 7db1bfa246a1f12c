// The options of TLS that both sides have: versions and protocols.
import { describeValue, type OptionsReader } from '@sluice/core';

/** The lowest version of TLS that is spoken. */
export type MinTlsVersion = 'TLSv1.2' | 'TLSv1.3';

/** What `minVersion` is unless it is set. RFC 8996 forbids older versions. */
export const defaultMinTlsVersion: MinTlsVersion = 'TLSv1.2';

/** Reads `minVersion`. */
export function readMinVersion(reader: OptionsReader): MinTlsVersion {
  return reader.choice('minVersion', ['TLSv1.2', 'TLSv1.3'], { default: defaultMinTlsVersion });
}

/** Reads `alpnProtocols`. */
export function readAlpnProtocols(reader: OptionsReader): readonly string[] {
  return reader.list('alpnProtocols', (value, path) => {
    if (typeof value === 'string' && value !== '' && value.length <= 255) return value;
    reader.issue(path, `must be the name of a protocol, got ${describeValue(value)}`);
    return undefined;
  });
}
