// Link-local addresses come with the interface that they are on: `fe80::1%eth0`.

/** The address without its interface: `fe80::1`. */
export function withoutZone(address: string): string {
  const zone = address.indexOf('%');
  return zone < 0 ? address : address.slice(0, zone);
}
