import { expect, test } from 'vitest';
import { OptionsError } from '../options/options-error.ts';
import { resolveOptions } from '../options/resolve-options.ts';
import { createUpstream } from './create-upstream.ts';
import { readPart, readUpstream, type ReadUpstream } from './read-upstream.ts';

const read = (options: object): ReadUpstream | undefined =>
  resolveOptions(options, 'proxy', (reader) => readUpstream(reader, {}));

function issuesOf(action: () => unknown): string[] {
  try {
    action();
  } catch (error) {
    if (error instanceof OptionsError) return error.issues.map(({ path }) => path);
  }
  return [];
}

test("makes an upstream of addresses or of its options, which is the proxy's to close", () => {
  for (const options of [
    { to: '10.0.0.1:80' },
    { to: ['10.0.0.1:80'] },
    { upstream: { endpoints: ['10.0.0.1:80'] } },
  ]) {
    const made = read(options);
    expect(made?.upstream.endpointSet.endpoints.map(({ id }) => id)).toEqual(['10.0.0.1:80']);
    expect(made?.ownsUpstream).toBe(true);
  }
});

test("takes an upstream as it is, which is somebody else's", () => {
  const upstream = createUpstream({ endpoints: [] });
  expect(read({ upstream })).toEqual({ upstream, ownsUpstream: false });
});

test('is undefined when there is neither, and reports both', () => {
  expect(read({})).toBeUndefined();
  expect(read({ to: null, upstream: undefined })).toBeUndefined();
  expect(issuesOf(() => read({ to: [], upstream: { endpoints: [] } }))).toEqual(['to']);
});

test('the issues of a part have the path of the part', () => {
  expect(issuesOf(() => read({ to: ['a:1', 'nonsense:'] }))).toEqual(['to[1].address']);
  expect(issuesOf(() => read({ to: 'nonsense:' }))).toEqual(['to']);
  expect(issuesOf(() => read({ upstream: { endpoints: [], balancr: 1 } }))).toEqual(['upstream.balancr']);
  const broken = (): never => {
    throw new TypeError('a bug');
  };
  expect(() => resolveOptions({}, 'x', (reader) => readPart(reader, 'part', broken))).toThrow('a bug');
});
