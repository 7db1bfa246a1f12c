// A socket of both families hears from IPv4 as `::ffff:a.b.c.d`, and reaches it by that form only.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

const both = createSocket('udp6');
await new Promise((resolve) => both.bind(0, '::', resolve));
const four = createSocket('udp4');
four.send('x', both.address().port, '127.0.0.1');
const [, source] = await once(both, 'message');
assert.equal(source.address, '::ffff:127.0.0.1');
assert.equal(source.family, 'IPv6');

both.send('x', source.port, source.address);
await once(four, 'message');
// A plain one is a name to be looked up, and has no IPv6 address or a mapped one, depending on the system.
const own = createSocket({ type: 'udp6', lookup: (address, _options, callback) => callback(null, address, 6) });
const error = await new Promise((resolve) => own.send('x', source.port, '127.0.0.1', resolve));
assert.equal(error.code, 'EINVAL');

for (const socket of [both, four, own]) socket.close();
