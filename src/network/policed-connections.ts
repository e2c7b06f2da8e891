/**
 * What goes on through a proxy: connections at node ports and after upgrades, requests and their answers at entrances and routes between
 * pods. When NetworkPolicies change, those that would be denied from now on are ended, as the threads of pods do with theirs.
 */
import type { FoundEndpoint } from "../messages/index.ts";
import type { Clock } from "../outside/index.ts";
import type { DeniedEndpoint } from "./dial.ts";
import type { Policies } from "./policy/index.ts";

/** Follows a connection of a client, by its address, to an endpoint. Returns what ends that. */
export type FollowConnection = (client: string, endpoint: FoundEndpoint, end: () => void) => () => void;

interface Followed {
  readonly client: string;
  readonly endpoint: FoundEndpoint;
  readonly end: () => void;
}

export interface PolicedConnectionsParts {
  readonly policies: Pick<Policies, "onChange">;
  readonly denied: DeniedEndpoint;
  readonly clock: Pick<Clock, "soon">;
}

export class PolicedConnections {
  readonly #parts: PolicedConnectionsParts;
  readonly #open = new Set<Followed>();
  #isStale = false;
  #unlisten = () => {};

  constructor(parts: PolicedConnectionsParts) {
    this.#parts = parts;
  }

  start(): void {
    const { policies, clock } = this.#parts;
    const unlisten = policies.onChange(() => {
      // Once a turn, however much has changed.
      if (this.#isStale) return;
      this.#isStale = true;
      clock.soon(() => this.#check());
    });
    this.#unlisten = () => void unlisten();
  }

  stop(): void {
    this.#unlisten();
    this.#open.clear();
  }

  readonly follow: FollowConnection = (client, endpoint, end) => {
    const followed = { client, endpoint, end };
    this.#open.add(followed);
    return () => void this.#open.delete(followed);
  };

  #check(): void {
    this.#isStale = false;
    for (const { client, endpoint, end } of this.#open)
      if (this.#parts.denied(client, endpoint) !== undefined) end();
  }
}
