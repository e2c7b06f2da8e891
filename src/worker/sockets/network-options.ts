/** How the sockets of a container hear of the cluster: what the network of the main thread tells and answers, by the names of its calls. */
import {
  type FoundHost,
  type FoundRecords,
  type PolicyGeneration,
  type PolicyVerdict,
  type ReachedPod,
  TrafficBook,
} from "../../messages/index.ts";
import { type Random, realClock } from "../../outside/index.ts";
import { RelayedFarewells, ThreadFarewells } from "./farewell-lines.ts";
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

/** What is told a thread of the cluster's own process, and what tells one that is in another. */
export interface Togetherness {
  /** It is a thread of the process that the cluster is in. */
  readonly isClusters: boolean;
  /** It is one that the program has started: nobody orders it to stop. */
  readonly isInner: boolean;
}

export function networkOptions(
  place: NetworkPlace,
  calls: NetworkCalls | undefined,
  random: Random,
  { isClusters, isInner }: Togetherness,
): PodNetworkOptions {
  const { prefix, podIP } = place.sockets;
  return {
    ...place,
    random,
    farewells: isClusters || !calls ? new ThreadFarewells(prefix) : new RelayedFarewells(calls, podIP),
    stopping: isInner && calls ? () => stopped(calls) : undefined,
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
    reach: calls && ((...to) => calls.call("reach", to) as Promise<ReachedPod | undefined>),
    policies: calls && {
      generations: () => calls.subscribe("policies", []) as AsyncIterable<PolicyGeneration>,
      verdict: (...of) => calls.call("verdict", of) as Promise<PolicyVerdict>,
      // It is for an event: a cluster that stops writes none.
      denied: (...of) => void calls.call("denied", of).catch(() => {}),
    },
  };
}

/** Rejects where that will not be heard of. */
async function stopped(calls: NetworkCalls): Promise<void> {
  for await (const _ of calls.subscribe("stopping", [])) return;
  throw new Error("the cluster has said nothing of the pod's end");
}
