/**
 * What threads ask over their control ports, and which part answers. A thread runs foreign code, so a request that cannot be answered is
 * its own matter: the fault is told of, and the other threads go on. What a program has started itself (a thread, a child process) may ask
 * less, for it takes no messages and nobody is introduced to it.
 */
import { ApiError } from "../errors/index.ts";
import type { ControlRequest, PeerId, ReachPod, TrafficReport } from "../messages/index.ts";
import type { Clock } from "../outside/index.ts";
import type { Attached } from "./attachment.ts";
import type { Directory } from "./directory.ts";
import { FairTurns } from "./fair-turns.ts";
import type { FarewellRelay } from "./farewell-relay.ts";
import type { Hosts } from "./hosts.ts";
import type { Introductions } from "./introductions.ts";
import { deniedBetween } from "./message-policy.ts";
import type { PodEndings } from "./pod-endings.ts";
import type { Denials, Policies } from "./policy/index.ts";
import type { PolicyCalls } from "./policy-calls.ts";
import { answerCall, type ResourceCalls, tellStream } from "./resource-calls.ts";
import type { TrafficCounts } from "./traffic-counts.ts";

export interface AnsweringParts {
  readonly clock: Clock;
  readonly directory: Directory;
  readonly introductions: Introductions;
  readonly trafficCounts: TrafficCounts<Attached>;
  readonly policies: Policies;
  readonly denials: Denials;
  readonly policyCalls: PolicyCalls;
  readonly hosts: Hosts;
  readonly farewells: FarewellRelay;
  readonly endings: PodEndings;
  readonly reach: ReachPod;
  /** For all that the network itself does not know. */
  readonly calls: ResourceCalls;
  readonly onFault: (fault: unknown) => void;
  /** What a thread has sent was counted. */
  readonly onTraffic: (attached: Attached, report: TrafficReport) => void;
  /** The thread is introduced to nobody any more. */
  readonly onLeaving: (attached: Attached) => void;
}

export class ThreadRequests {
  readonly #parts: AnsweringParts;
  readonly #turns: FairTurns<Attached>;
  #isStopped = false;

  constructor(parts: AnsweringParts) {
    this.#parts = parts;
    this.#turns = new FairTurns(parts.clock);
  }

  /** Hears the thread of a container, or the main thread. */
  hear(attached: Attached): void {
    attached.listen(
      asked => this.#heard(attached, asked),
      () => this.#leave(attached),
    );
  }

  /** Hears what a program has started. */
  hearInner(attached: Attached): void {
    attached.listen(
      asked => {
        if (mayInnerAsk(asked)) this.#heard(attached, asked);
      },
      () => {
        this.#parts.trafficCounts.leave(attached);
        attached.close();
      },
    );
  }

  /** Nothing is answered any more. */
  stop(): void {
    this.#isStopped = true;
  }

  #heard(attached: Attached, asked: ControlRequest): void {
    if (this.#isStopped) return;
    try {
      this.#do(attached, asked);
    } catch (fault) {
      this.#parts.onFault(fault);
    }
  }

  #do(attached: Attached, asked: ControlRequest): void {
    const { directory, introductions, trafficCounts, endings } = this.#parts;
    switch (asked.type) {
      case "resolve":
        directory.resolve(attached, asked.target);
        break;
      case "connect":
        introductions.connect(attached, asked.peer);
        break;
      case "denied":
        this.#denied(attached, asked.peer);
        break;
      case "traffic":
        trafficCounts.add(attached, asked.report);
        this.#parts.onTraffic(attached, asked.report);
        break;
      case "draining":
        this.#leave(attached);
        if (attached.identity) endings.containerStops(attached.identity);
        attached.tell({ type: "introduced-to-all" });
        break;
      case "call":
        void answerCall(this.#answering(asked.name), this.#turns, attached, asked.id, asked.name, asked.args);
        break;
      case "subscribe":
        void tellStream(this.#telling(asked.name), this.#turns, attached, asked.id, asked.name, asked.args);
        break;
      case "unsubscribe":
        attached.subscriptions.get(asked.id)?.stop();
        break;
      case "read":
        attached.subscriptions.get(asked.id)?.read(asked.count);
        break;
    }
  }

  #leave(attached: Attached): void {
    this.#parts.directory.leave(attached);
    this.#parts.onLeaving(attached);
  }

  #answering(name: string): Pick<ResourceCalls, "call"> {
    const { farewells, policyCalls, policies, reach, clock, calls } = this.#parts;
    if (name === "farewell") return farewells;
    if (name === "reach") return reachCalls(policies, reach, clock);
    return name === "verdict" || name === "denied" ? policyCalls : calls;
  }

  #telling(name: string): Pick<ResourceCalls, "subscribe"> {
    const { hosts, farewells, endings, policyCalls, calls } = this.#parts;
    if (name === "hosts" || name === "records") return hosts;
    if (name === "farewells") return farewells;
    if (name === "stopping") return endings;
    return name === "policies" ? policyCalls : calls;
  }

  /** A thread says that it has rejected a message. Whether policies deny it is looked up here. */
  #denied(from: Attached, peer: PeerId): void {
    const { introductions, policies, denials } = this.#parts;
    const to = introductions.get(peer);
    const denied = to && deniedBetween(from, to, policies);
    if (denied) denials.add(denied.verdict, denied.sender, denied.receiver);
  }
}

/** So often, and so many milliseconds apart, is looked whether a pod has an address by now. */
const mostTries = 100;
const againMs = 50;

/** `reach`: to a port of an address, from a port of the pod that asks; its own address it cannot choose. */
function reachCalls(
  policies: Pick<Policies, "endOf">,
  reach: ReachPod,
  clock: Pick<Clock, "sleep">,
): Pick<ResourceCalls, "call"> {
  return {
    async call({ uid }, _name, [address, port, fromPort]) {
      const own = () => policies.endOf(uid)?.addresses[0];
      let from = own();
      // A program may be faster than what its node, in another process than the API server, hears of its own pod.
      for (let tries = 0; from === undefined && tries < mostTries; tries++) {
        await clock.sleep(againMs);
        from = own();
      }
      if (from === undefined)
        throw new ApiError("NotFound", "the pod has no address, or is not there any more");
      return reach(String(address), Number(port), { address: from, port: Number(fromPort) });
    },
  };
}

/** The calls and streams of what a program has started. */
const innerNames: ReadonlySet<string> = new Set([
  "hosts",
  "records",
  "policies",
  "verdict",
  "denied",
  "reach",
  "farewell",
  "farewells",
  "stopping",
]);

function mayInnerAsk(asked: ControlRequest): boolean {
  switch (asked.type) {
    case "call":
    case "subscribe":
      return innerNames.has(asked.name);
    default:
      return asked.type === "unsubscribe" || asked.type === "read" || asked.type === "traffic";
  }
}
