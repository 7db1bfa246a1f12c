import { expect, test } from 'vitest';
import { LearnedSessions } from './learned-sessions.ts';

test('finds the endpoint of a session until it is not used for too long', () => {
  const sessions = new LearnedSessions(1000, 10);
  sessions.learn('s', 'a', 0);
  expect([sessions.find('s', 900), sessions.find('s', 1800), sessions.find('s', 2801)]).toEqual(['a', 'a', undefined]);
  expect(sessions.size).toBe(0);
});

test('forgets the session that was not used for longest when there are too many', () => {
  const sessions = new LearnedSessions(1000, 2);
  sessions.learn('one', 'a', 0);
  sessions.learn('two', 'a', 1);
  sessions.find('one', 2);
  sessions.learn('three', 'b', 3);
  expect(['one', 'two', 'three'].map((session) => sessions.find(session, 4))).toEqual(['a', undefined, 'b']);
});

test('a session that nobody uses leaves with the next one that comes', () => {
  const sessions = new LearnedSessions(1000, 100);
  for (let index = 0; index < 50; index++) sessions.learn(`${index}`, 'a', 0);
  sessions.learn('late', 'a', 5000);
  expect(sessions.size).toBe(1);
});
