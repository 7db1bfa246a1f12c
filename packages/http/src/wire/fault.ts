// How the scanners, which know no connection, report what is wrong with the bytes they are given.
import type { ProxyError } from '@sluice/core';

/** Makes the error for malformed input. `what` names the defect, such as `a bare CR`; the maker adds whose input it was. */
export type Fault = (what: string) => ProxyError;
