// With a look-up that answers at once, a datagram socket is bound and connected when the calls return; with node's own, later.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';

const literal = (address, _options, callback) => callback(null, address, 4);
const quick = createSocket({ type: 'udp4', lookup: literal });
quick.bind(0, '127.0.0.1');
assert.notEqual(quick.address().port, 0);
quick.connect(9, '127.0.0.1');
assert.equal(quick.remoteAddress().port, 9);

const usual = createSocket('udp4');
usual.bind(0, '127.0.0.1');
assert.throws(() => usual.remoteAddress(), { code: 'ERR_SOCKET_DGRAM_NOT_CONNECTED' });
usual.connect(9, '127.0.0.1');
assert.throws(() => usual.remoteAddress(), { code: 'ERR_SOCKET_DGRAM_NOT_CONNECTED' });
await new Promise((resolve) => usual.once('connect', resolve));
assert.equal(usual.remoteAddress().port, 9);

quick.close();
usual.close();
