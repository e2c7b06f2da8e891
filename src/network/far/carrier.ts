/**
 * What carries packets between the processes of a cluster. It may lose some, and says when it could have: that what one process tells another
 * arrives once and in order is made above it (transmission.ts). NATS is one such carrier (nats-carrier.ts); the processes know each other by
 * their names.
 */
export interface Carrier {
  /** No packet may be longer, in bytes. */
  readonly largest: number;
  /** Resolves when packets can pass. Fails with ServiceUnavailable where nothing answers there, Unauthorized or Forbidden where it refuses. */
  start(name: string, events: CarrierEvents): Promise<void>;
  /** Sends to one process, or to all others. It is lost while nothing is connected. */
  send(packet: Uint8Array, to?: string): void;
  /** What was sent has left when this resolves, if it can. */
  close(): Promise<void>;
}

export interface CarrierEvents {
  /** The bytes may be changed, and belong to nobody else. */
  packet(from: string, bytes: Uint8Array): void;
  /** Nobody of that name is there at this moment. */
  absent(name: string): void;
  /** Packets may have been lost; they pass again from now on. */
  reconnected(): void;
  /** Something is wrong that a person has to mend: a password that is refused, say. The carrier goes on trying. */
  fault(error: Error): void;
}
