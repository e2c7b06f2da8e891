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
  /** Its place in the list; -1 once it is followed no more. */
  at: number;
}

export interface PolicedConnectionsParts {
  readonly policies: Pick<Policies, "onChange">;
  readonly denied: DeniedEndpoint;
  readonly clock: Pick<Clock, "soon">;
}

export class PolicedConnections {
  readonly #parts: PolicedConnectionsParts;
  /**
   * A list, and not a Set: where one takes in and gives away thousands a second, V8 makes it a new table every hundred or so, and what was in
   * the table before lives until the next large collection. With all that belongs to a request, that was a third of what one costs.
   */
  readonly #open: Followed[] = [];
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
    for (const followed of this.#open.splice(0)) followed.at = -1;
  }

  readonly follow: FollowConnection = (client, endpoint, end) => {
    const followed = { client, endpoint, end, at: this.#open.length };
    this.#open.push(followed);
    return () => this.#leave(followed);
  };

  /** The last one takes its place. */
  #leave(followed: Followed): void {
    const { at } = followed;
    followed.at = -1;
    const last = at < 0 ? undefined : this.#open.pop();
    if (!last || last === followed) return;
    last.at = at;
    this.#open[at] = last;
  }

  #check(): void {
    this.#isStale = false;
    // They leave while they are ended, and others with them.
    for (const { client, endpoint, end, at } of [...this.#open])
      if (at >= 0 && this.#parts.denied(client, endpoint) !== undefined) end();
  }
}
