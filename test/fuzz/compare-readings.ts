// Compares what two parsers made of the same bytes. Ours may refuse more; where both accept, they must agree; where only ours accepts, the
// difference has to be one of justified-differences.ts.
import type { Ending, Reading, SeenMessage } from './reading.ts';

/** A difference that matters. */
export interface Difference {
  /**
   * `meaning`: both accept a message and read it differently. `boundary`: they disagree on where messages end. `lenience`: we accept what the
   * other refuses. `persistence`: we read on behind a message that closes the connection for the other.
   */
  readonly kind: 'meaning' | 'boundary' | 'lenience' | 'persistence';
  /** Our message, when it is about one. */
  readonly message: SeenMessage | undefined;
  /** What the other says, or what differs. */
  readonly what: string;
}

/** The first difference that matters, if there is one. */
export function compareReadings(ours: Reading, theirs: Reading): Difference | undefined {
  const count = Math.max(ours.messages.length, theirs.messages.length);
  for (let index = 0; index < count; index++) {
    const our = ours.messages[index];
    const their = theirs.messages[index];
    if (our === undefined) return isMore(ours.ending, 'they have one more message');
    if (their === undefined) return judgeExtra(our, theirs);
    const difference = compareMessages(our, their);
    if (difference !== undefined) return difference;
    if (our.isComplete && their.isComplete) continue;
    return compareCut(our, their, ours, theirs);
  }
  return compareEndings(ours.ending, theirs.ending);
}

function boundary(what: string, message?: SeenMessage): Difference {
  return { kind: 'boundary', message, what };
}

/** They have got further than we: that is fine if we have refused to go on. */
function isMore(ending: Ending, what: string): Difference | undefined {
  return ending === 'refused' || ending === 'closed' ? undefined : boundary(what);
}

/** We have got further than they. */
function judgeExtra(message: SeenMessage, { ending, reason }: Reading): Difference {
  if (ending === 'refused') return { kind: 'lenience', message, what: reason };
  if (ending === 'closed') return { kind: 'persistence', message, what: reason };
  return boundary('we have one more message', message);
}

function compareMessages(our: SeenMessage, their: SeenMessage): Difference | undefined {
  const differs = (what: string): Difference => ({ kind: 'meaning', message: our, what });
  if (!isSame(our.start, their.start)) return differs('the first line');
  if (!isSame(our.fields, their.fields)) return differs('the fields');
  if (!our.isComplete || !their.isComplete) return undefined;
  if (our.body !== their.body) return differs('the body');
  return isSame(our.trailers, their.trailers) ? undefined : differs('the trailers');
}

/** One of the messages is not complete. */
function compareCut(our: SeenMessage, their: SeenMessage, ours: Reading, theirs: Reading): Difference | undefined {
  if (ours.ending === 'refused' && !our.isComplete) return undefined;
  if (theirs.ending === 'refused') return { kind: 'lenience', message: our, what: theirs.reason };
  if (our.isComplete) return boundary('only ours is complete', our);
  if (their.isComplete) return boundary('only theirs is complete', our);
  return our.body === their.body ? undefined : { kind: 'meaning', message: our, what: 'the body so far' };
}

/** All messages are the same; what about the bytes behind them? Parts of a head that one of them refuses early are no message. */
function compareEndings(ours: Ending, theirs: Ending): Difference | undefined {
  if (ours === 'idle' && theirs === 'waiting') return boundary('only they wait for the rest of a message');
  if (ours === 'waiting' && theirs === 'idle') return boundary('only we wait for the rest of a message');
  return undefined;
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, index) => text === other[index]);
}
