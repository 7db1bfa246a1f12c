import { describe, expect, test, vi } from 'vitest';
import { createAbortScope, onCancel, type AbortScope } from './abort-scope.ts';

/** What the listeners of a scope or signal heard. */
function listen(cancellation: AbortScope | AbortSignal): unknown[] {
  const heard: unknown[] = [];
  onCancel(cancellation, (reason) => heard.push(reason));
  return heard;
}

describe('abort scope', () => {
  test('tells its listeners the reason, once', () => {
    const scope = createAbortScope();
    const heard = listen(scope);
    expect([scope.aborted, scope.reason]).toEqual([false, undefined]);
    scope.abort('first');
    scope.abort('second');
    expect([heard, scope.aborted, scope.reason]).toEqual([['first'], true, 'first']);
  });

  test('tells listeners that come too late at once', () => {
    const scope = createAbortScope();
    scope.abort('gone');
    expect(listen(scope)).toEqual(['gone']);
  });

  test('does not tell those that were taken off, also on the way', () => {
    const scope = createAbortScope();
    const heard: string[] = [];
    const offs = [
      scope.onAbort(() => {
        heard.push('a');
        offs[1]?.();
      }),
      scope.onAbort(() => heard.push('b')),
      scope.onAbort(() => heard.push('c')),
      scope.onAbort(() => heard.push('d')),
    ];
    offs[2]?.();
    offs[2]?.();
    scope.abort('now');
    expect(heard).toEqual(['a', 'd']);
  });

  test('tells the others when a listener throws', () => {
    const scope = createAbortScope();
    scope.onAbort(() => {
      throw new Error('broken listener');
    });
    const heard = listen(scope);
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue();
    scope.abort('now');
    expect(heard).toEqual(['now']);
    expect(warn).toHaveBeenCalledOnce();
    warn.mockRestore();
  });

  test('has nothing to say once it is closed', () => {
    const scope = createAbortScope();
    const heard = listen(scope);
    scope.close();
    const late = listen(scope);
    scope.abort('late');
    expect([heard, late, scope.aborted]).toEqual([[], [], false]);
  });

  test('makes its signal when it is asked for, before or after the abort', () => {
    const early = createAbortScope();
    const { signal } = early;
    expect(early.signal).toBe(signal);
    expect(signal.aborted).toBe(false);
    early.abort('why');
    const late = createAbortScope();
    late.abort('why');
    for (const each of [signal, late.signal]) expect([each.aborted, each.reason]).toEqual([true, 'why']);
  });

  test.each(['scope', 'signal'])('follows its parent %s until it is closed', (kind) => {
    const parent = createAbortScope();
    const cancellation = kind === 'scope' ? parent : parent.signal;
    const open = createAbortScope(cancellation);
    const closed = createAbortScope(cancellation);
    const heard = [listen(open), listen(closed)];
    closed.close();
    parent.abort('parent');
    expect(heard).toEqual([['parent'], []]);
    expect(createAbortScope(cancellation)).toMatchObject({ aborted: true, reason: 'parent' });
  });

  test('does not abort its parent', () => {
    const parent = createAbortScope();
    createAbortScope(parent).abort('child');
    expect(parent.aborted).toBe(false);
  });
});

describe('onCancel', () => {
  test('listens to a signal', () => {
    const controller = new AbortController();
    const heard = listen(controller.signal);
    controller.abort('why');
    expect(heard).toEqual(['why']);
    expect(listen(controller.signal)).toEqual(['why']);
  });

  test('takes its listener off a signal', () => {
    const controller = new AbortController();
    const off = onCancel(controller.signal, () => expect.unreachable());
    off();
    controller.abort();
    expect(controller.signal.aborted).toBe(true);
  });
});
