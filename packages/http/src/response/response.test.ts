import { expect, test } from 'vitest';
import { emptyBody } from '../body/body.ts';
import { readBody } from '../body/read-body.ts';
import { createHeaderList } from '../headers/header-list.ts';
import { createResponse } from './response.ts';

test('an empty 200 by default', () => {
  const response = createResponse();
  expect(response).toMatchObject({ status: 200, statusText: 'OK', body: emptyBody });
  expect(response.headers.size).toBe(0);
});

test('knows the reason phrases, and has none for statuses without one', () => {
  expect(createResponse({ status: 418 }).statusText).toBe("I'm a Teapot");
  expect(createResponse({ status: 299 }).statusText).toBe('');
  expect(createResponse({ status: 299, statusText: 'Fine' }).statusText).toBe('Fine');
});

test('takes fields as an object, as a flat list, or as a list of its own', () => {
  expect(createResponse({ headers: { A: '1', B: '2' } }).headers.toFlat()).toEqual(['A', '1', 'B', '2']);
  expect(createResponse({ headers: ['A', '1', 'A', '2'] }).headers.getAll('a')).toEqual(['1', '2']);
  const headers = createHeaderList(['A', '1']);
  expect(createResponse({ headers }).headers).toBe(headers);
});

test('takes text and bytes for a body', async () => {
  expect((await readBody(createResponse({ body: 'ü' }).body, 10)).toString()).toBe('ü');
  expect(createResponse({ body: new Uint8Array(3) }).body.size).toBe(3);
});
