/** Something k4s is measured against: it starts workers, asks them to echo, and stops them. */
export interface Peer {
  /** As the tables show it. */
  readonly name: string;
  /** Starts so many workers and resolves once all of them answer. */
  start(workers: number): Promise<void>;
  /** Hands the body to one of the workers and resolves to what it echoes. */
  request(body: unknown): Promise<unknown>;
  /** Ends the workers; nothing is left running. */
  stop(): Promise<void>;
}
