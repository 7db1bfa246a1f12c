// Typed events whose listeners can not break the data path: an error in one becomes a process warning.

/** The events of an object, by name, with their payloads. */
export interface Events<Map> {
  /** Calls `listener` with each event of that name from now on. @returns a function that takes it off */
  readonly on: <Name extends keyof Map>(name: Name, listener: (event: Map[Name]) => void) => () => void;
  readonly off: <Name extends keyof Map>(name: Name, listener: (event: Map[Name]) => void) => void;
  /** Tells all listeners. */
  readonly emit: <Name extends keyof Map>(name: Name, event: Map[Name]) => void;
  /** Whether anybody listens, for events that cost something to make. */
  readonly has: (name: keyof Map) => boolean;
}

/** Makes the events of one object. */
export function createEvents<Map>(): Events<Map> {
  const listeners = new globalThis.Map<keyof Map, Set<(event: never) => void>>();
  const off: Events<Map>['off'] = (name, listener) => void listeners.get(name)?.delete(listener);
  return {
    on(name, listener) {
      let set = listeners.get(name);
      if (set === undefined) listeners.set(name, (set = new Set()));
      set.add(listener);
      return () => off(name, listener);
    },
    off,
    emit(name, event) {
      for (const listener of listeners.get(name) ?? []) {
        try {
          listener(event as never);
        } catch (error) {
          process.emitWarning(`a listener of ${String(name)} threw: ${String(error)}`, {
            code: 'SLUICE_LISTENER_THREW',
          });
        }
      }
    },
    has: (name) => (listeners.get(name)?.size ?? 0) > 0,
  };
}
