// The behaviour every transport has, shown on an origin of raw bytes. The cases are in contract/.
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Transport } from './transport.ts';
import { abortCases } from './contract/abort-cases-contract.ts';
import { connectCases } from './contract/connect-cases-contract.ts';
import { connectionCases } from './contract/connection-cases-contract.ts';
import { ContractSetup, type TransportCase } from './contract/contract-setup.ts';
import { failureCases } from './contract/failure-cases-contract.ts';
import { flowCases } from './contract/flow-cases-contract.ts';
import { interimCases } from './contract/interim-cases-contract.ts';
import { requestCases } from './contract/request-cases-contract.ts';
import { responseCases } from './contract/response-cases-contract.ts';

/** How a transport takes the contract. */
export interface TransportContractOptions {
  /** Why the transport can not do what the case of that title shows. */
  readonly unsupported?: Readonly<Record<string, string>>;
}

const cases = [
  ...requestCases,
  ...responseCases,
  ...interimCases,
  ...flowCases,
  ...connectionCases,
  ...connectCases,
  ...failureCases,
  ...abortCases,
];

/** Checks one transport. */
export function describeTransport(name: string, create: () => Transport, options: TransportContractOptions = {}): void {
  const { unsupported = {} } = options;
  const labelled = cases.map(({ title, run }) => {
    const reason = unsupported[title];
    return { label: reason === undefined ? title : `${title} (not supported: ${reason})`, reason, run };
  });
  describe(`transport: ${name}`, () => {
    test.for(labelled)('$label', async ({ reason, run }, { skip }) => {
      skip(reason !== undefined, reason);
      await expectCase(create(), run);
    });

    test('every case that is not supported exists', () => {
      const titles = cases.map(({ title }) => title);
      expect(Object.keys(unsupported).filter((title) => !titles.includes(title))).toEqual([]);
    });
  });
}

async function expectCase(transport: Transport, run: TransportCase['run']): Promise<void> {
  const setup = new ContractSetup(transport);
  await setup.origin.listen();
  onTestFinished(async () => {
    await setup.origin.close();
    await transport.close();
  });
  await run(setup);
}
