// The error of a factory whose options are wrong: all issues in one message.
import { coreErrors, ProxyError } from '../errors.ts';

/** One thing that is wrong with an options object. */
export interface OptionIssue {
  /** Where: `endpoints[1].weight`. */
  readonly path: string;
  /** What: `must be an integer >= 0, got "2" (string)`. */
  readonly message: string;
}

/** Options that can not be used; code `SLUICE_OPTIONS_INVALID`. */
export class OptionsError extends ProxyError {
  /** Everything that is wrong. */
  readonly issues: readonly OptionIssue[];

  /** Joins all issues into one message. */
  constructor(issues: readonly OptionIssue[]) {
    const message = issues.map((issue) => `${issue.path} ${issue.message}`).join('; ');
    super('SLUICE_OPTIONS_INVALID', coreErrors.SLUICE_OPTIONS_INVALID, `SLUICE_OPTIONS_INVALID: ${message}`);
    this.name = 'OptionsError';
    this.issues = issues;
  }
}
