/** How the sockets of a container hear of the cluster: what the network of the main thread tells and answers, by the names of its calls. */
import {
  type FoundHost,
  type FoundRecords,
  type PolicyGeneration,
  type PolicyVerdict,
  TrafficBook,
} from "../../messages/index.ts";
import { type Random, realClock } from "../../outside/index.ts";
import type { PodNetworkOptions } from "./pod-network.ts";
import type { PodSockets } from "./pod-sockets.ts";

/** Which pod it is. */
export interface NetworkPlace {
  readonly sockets: PodSockets;
  readonly hostname: string;
  readonly node: string;
}

/** Who asks the main thread: the Peer of a container, or the line of what its program has started (inner-line.ts). */
export interface NetworkCalls {
  /** What it has under way to Services; undefined where it counts for itself, and tells nobody. */
  readonly traffic?: TrafficBook;
  call(name: string, args: readonly unknown[]): Promise<unknown>;
  subscribe(name: string, args: readonly unknown[], signal?: AbortSignal): AsyncIterable<unknown>;
}

export function networkOptions(
  place: NetworkPlace,
  calls: NetworkCalls | undefined,
  random: Random,
): PodNetworkOptions {
  return {
    ...place,
    random,
    traffic: calls?.traffic ?? new TrafficBook({ clock: realClock, random, report: () => {} }),
    hosts:
      calls &&
      ((host, signal) => calls.subscribe("hosts", [host], signal) as AsyncIterable<FoundHost | undefined>),
    records:
      calls &&
      ((question, signal) => {
        const [type, name] = question.split(" ");
        return calls.subscribe("records", [name, type], signal) as AsyncIterable<FoundRecords | undefined>;
      }),
    policies: calls && {
      generations: () => calls.subscribe("policies", []) as AsyncIterable<PolicyGeneration>,
      verdict: (...of) => calls.call("verdict", of) as Promise<PolicyVerdict>,
      // It is for an event: a cluster that stops writes none.
      denied: (...of) => void calls.call("denied", of).catch(() => {}),
    },
  };
}
