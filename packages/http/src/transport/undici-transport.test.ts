import { Agent } from 'undici';
import { describeTransport } from './transport-contract.ts';
import { createUndiciTransport } from './undici-transport.ts';

const noExpect = 'undici sends no Expect';
const noReuse = 'undici does not say whether a connection was used before';

describeTransport('undici', () => createUndiciTransport(new Agent()), {
  unsupported: {
    'sends the target * of OPTIONS': 'undici takes paths and URLs only',
    'sends the trailers of a chunked body, without those that must not come late': 'undici sends no trailers',
    'goes on without a word when the origin says 100 to a request that waits for none':
      'undici takes a 100 for an error',
    'relays the refusal of a tunnel with its content': 'undici reads no more of it than the head',
    'interim answers have a limit': 'undici has none',
    'holds a body back until the origin says 100': noExpect,
    'never sends a body that the origin refuses, and does not use the connection again': noExpect,
    'keeps a body that was held back whole when the connection dies': noExpect,
    'sends a GET again when a kept connection dies before it answers': noReuse,
    'sends again only once, and only what may be sent again': noReuse,
    'an origin that resets a body which lasts until the connection closes': 'undici takes a reset for its end',
    'answers of a version that we do not speak, or with a framing that their version does not have':
      'undici does not tell the version',
  },
});
