// What a guard notes of one lease, to make sense of its outcome.

/** The notes. */
export interface LeasePass {
  /** The term of the endpoint's circuit in which it was lent. */
  readonly endpointTerm: number;
  /** The same of the upstream's circuit. */
  readonly upstreamTerm: number;
  /** How many leases of the upstream were out then, this one included. */
  readonly inFlight: number;
  /** When that was. */
  readonly beganMs: number;
}
