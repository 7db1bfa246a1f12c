// What a parser made of the bytes of one connection, in a form that does not depend on the parser.

/** One message. Text has one character for each byte. */
export interface SeenMessage {
  /** Method, target and version of a request; status and reason phrase of a response. */
  readonly start: readonly string[];
  /** Names and values, in turn. */
  readonly fields: readonly string[];
  readonly body: string;
  readonly trailers: readonly string[];
  /** Whether the message has come whole. */
  readonly isComplete: boolean;
}

/** How it ended: between two messages, in the middle of one, at a message that closes the connection, or with a refusal. */
export type Ending = 'idle' | 'waiting' | 'closed' | 'refused';

/** Everything a parser has to say. */
export interface Reading {
  readonly messages: readonly SeenMessage[];
  readonly ending: Ending;
  /** Why it refused. */
  readonly reason: string;
}
