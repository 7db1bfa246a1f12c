import { Agent } from 'undici';
import { describeTransport } from './transport-contract.ts';
import { createUndiciTransport } from './undici-transport.ts';

describeTransport('undici', () => createUndiciTransport(new Agent()));
