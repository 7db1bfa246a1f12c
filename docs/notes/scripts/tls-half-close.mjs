// TLS has a half-close, and Node's sockets have it too, in both versions and directions.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { openTlsPair } from './loopback.mjs';

for (const maxVersion of ['TLSv1.2', 'TLSv1.3']) {
  for (const whoEnds of ['near', 'far']) {
    const pair = await openTlsPair({ client: { allowHalfOpen: true }, server: { allowHalfOpen: true, maxVersion } });
    const asking = pair[whoEnds];
    const answering = whoEnds === 'near' ? pair.far : pair.near;
    asking.end('question');
    await once(answering.resume(), 'end');
    answering.end('answer');
    const [chunk] = await once(asking, 'data');
    assert.equal(String(chunk), 'answer');
  }
}
