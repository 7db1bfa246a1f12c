// Typed events whose listeners can not break the data path.
import { callListener } from './call-listener.ts';

/** The events of an object, by name, with their payloads. Its functions need no `this`. */
export interface Events<EventMap> {
  /**
   * Calls `listener` with each event of that name from now on. What it throws becomes a process warning.
   *
   * @returns a function that takes the listener off
   */
  readonly on: <Name extends keyof EventMap>(name: Name, listener: (event: EventMap[Name]) => void) => () => void;
  /** Takes a listener off; nothing happens if it was not on. */
  readonly off: <Name extends keyof EventMap>(name: Name, listener: (event: EventMap[Name]) => void) => void;
  /** Tells all listeners, synchronously, in the order in which they came. Never throws. */
  readonly emit: <Name extends keyof EventMap>(name: Name, event: EventMap[Name]) => void;
  /** Whether anybody listens, for events that cost something to make. */
  readonly has: (name: keyof EventMap) => boolean;
}

/** Makes the events of one object. */
export function createEvents<EventMap>(): Events<EventMap> {
  const listeners = new Map<keyof EventMap, Set<(event: never) => void>>();
  const off: Events<EventMap>['off'] = (name, listener) => void listeners.get(name)?.delete(listener);
  return {
    on(name, listener) {
      let set = listeners.get(name);
      if (set === undefined) listeners.set(name, (set = new Set()));
      set.add(listener);
      return () => off(name, listener);
    },
    off,
    emit(name, event) {
      for (const listener of listeners.get(name) ?? []) callListener(listener, event as never, String(name));
    },
    has: (name) => (listeners.get(name)?.size ?? 0) > 0,
  };
}
