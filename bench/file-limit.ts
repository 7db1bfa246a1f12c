// How many files, and so sockets, a process may have open here: what experiments with many connections must fit into.
import { readFileSync } from 'node:fs';

const files = Number(/Max open files +\d+ +(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 1024);
/** What a program needs besides its connections. */
const reserve = 400;

/** The most connections that a proxy can have here, each of which takes two sockets. */
export const maxSessions: number = Math.min(30_000, Math.floor((files - reserve) / 2));
