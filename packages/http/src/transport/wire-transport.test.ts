import { describeTransport } from './transport-contract.ts';
import { createWireTransport } from './wire-transport.ts';

describeTransport('wire', () => createWireTransport({ expectContinueMs: 50 }));
