/** What the two ends of a connection tell each other before it ends (worker/sockets/farewells.ts), as threads and the cluster pass it on. */

/** A server would like the client to close an idle connection. */
export interface ServerFarewell {
  /** The client's end of the connection. */
  readonly address: string;
  readonly port: number;
  /** What the server has received and sent, in bytes. */
  readonly received: number;
  readonly sent: number;
}

/** A client asks to be told when it may close these connections. */
export interface FarewellQuestion {
  /** Its address. */
  readonly asks: string;
  readonly ports: readonly number[];
}
