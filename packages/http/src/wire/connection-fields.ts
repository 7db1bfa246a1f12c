// Fields that belong to one connection or say how a message is framed. Whoever writes a request's head writes these by itself, and drops
// those that the message brought along: two framings in one message are how requests are smuggled.

/** Whether a field is one of those; names are told apart by length first, since nearly all are not. */
export function isConnectionField(name: string): boolean {
  switch (name.length) {
    case 2:
      return name.toLowerCase() === 'te';
    case 6:
      return name.toLowerCase() === 'expect';
    case 7:
      return name.toLowerCase() === 'upgrade';
    case 10: {
      const lower = name.toLowerCase();
      return lower === 'connection' || lower === 'keep-alive';
    }
    case 14:
      return name.toLowerCase() === 'content-length';
    case 16:
      return name.toLowerCase() === 'proxy-connection';
    case 17:
      return name.toLowerCase() === 'transfer-encoding';
    default:
      return false;
  }
}

/** Whether a field announces trailers. Without them, or without the chunked coding, that would be a promise that is not kept. */
export function isTrailerField(name: string): boolean {
  return name.length === 7 && name.toLowerCase() === 'trailer';
}
