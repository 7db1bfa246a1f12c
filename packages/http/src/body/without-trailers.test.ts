import { expect, test } from 'vitest';
import { createHeaderList, type HeaderList } from '../headers/header-list.ts';
import { createNameSet } from '../headers/name-set.ts';
import { emptyBody, type Body, type BodySink } from './body.ts';
import { withoutTrailers } from './without-trailers.ts';

const names = createNameSet(['x-hop']);

/** A body of one piece and these trailers; it counts how often it was cancelled. */
class TrailedBody implements Body {
  readonly size = undefined;
  started = false;
  cancelled = 0;
  sink: BodySink | undefined;
  readonly #trailers: HeaderList | undefined;

  constructor(trailers?: HeaderList) {
    this.#trailers = trailers;
  }

  pipe(sink: BodySink): void {
    this.started = true;
    this.sink = sink;
    sink.write(Buffer.from('hi'), () => {});
    sink.end(this.#trailers);
  }

  cancel(): void {
    this.started = true;
    this.cancelled++;
  }
}

/** What arrives of a body, and the trailers behind it. */
function receive(body: Body): unknown[] {
  const heard: unknown[] = [];
  body.pipe({
    write: (chunk) => heard.push(Buffer.from(chunk).toString()) > 0,
    end: (trailers) => void heard.push(trailers?.toFlat()),
    fail: (error) => void heard.push(error),
  });
  return heard;
}

test('drops the trailers of those names, and leaves the list it was given alone', () => {
  const trailers = createHeaderList(['X-Hop', '1', 'X-End', '2', 'x-hop', '3']);
  expect(receive(withoutTrailers(new TrailedBody(trailers), names))).toEqual(['hi', ['X-End', '2']]);
  expect(trailers.size).toBe(3);
});

test('nothing left is no trailers', () => {
  const trailers = createHeaderList(['X-Hop', '1']);
  expect(receive(withoutTrailers(new TrailedBody(trailers), names))).toEqual(['hi', undefined]);
  expect(receive(withoutTrailers(new TrailedBody(), names))).toEqual(['hi', undefined]);
});

test('a body that can have no such trailers is left as it is', () => {
  expect(withoutTrailers(emptyBody, names)).toBe(emptyBody);
  const body = new TrailedBody();
  expect(withoutTrailers(body, undefined)).toBe(body);
});

test('starts and is given up with the body inside, whose receiver hears nothing more', () => {
  const inner = new TrailedBody();
  const body = withoutTrailers(inner, names);
  expect(body.started).toBe(false);
  const heard = receive(body);
  body.cancel(undefined);
  inner.sink?.write(Buffer.from('late'), () => {});
  inner.sink?.end(undefined);
  expect([body.started, inner.cancelled, heard]).toEqual([true, 1, ['hi', undefined]]);
});
