/**
 * What one sender has under way to one Service: it chooses the endpoint of each message and connection, by one set of rules for both,
 * counts how they end, leaves out endpoints that fail, and lets what is too much wait. One of it serves the messages of a thread, one each
 * port that its programs connect to; node ports have theirs.
 */
import { type Clock, type Random, setBounded } from "../../outside/index.ts";
import { balancer, type Choose } from "./balancing.ts";
import { type Ejection, type Outcome, OutlierDetection } from "./outlier-detection.ts";
import { keptTo, type Session } from "./session-affinity.ts";
import type { TrafficPolicy } from "./traffic-policy.ts";

/** What is known of one endpoint. */
export class EndpointUse {
  readonly endpoint: string;
  /** Requests and connections under way. */
  outstanding = 0;
  begun = 0;
  failed = 0;
  ejections = 0;
  readonly #traffic: ServiceTraffic;

  constructor(endpoint: string, traffic: ServiceTraffic) {
    this.endpoint = endpoint;
    this.#traffic = traffic;
  }

  /** False: so much is under way to the Service that more has to wait. */
  get hasRoom(): boolean {
    return this.#traffic.hasRoom;
  }

  /** The same for a request over HTTP that is sent on: it takes a connection, and is a request. */
  get hasRoomForRequest(): boolean {
    return this.#traffic.hasRoomFor("request");
  }

  /** Waits for room: see `ServiceTraffic.wait`. */
  wait(begin: () => void, what?: Limited): (() => void) | undefined {
    return this.#traffic.wait(begin, what);
  }

  begin(): void {
    this.outstanding++;
    this.begun++;
    this.#traffic.hasBegun();
  }

  /** How it went; once for each that has begun and came to an end that says something of the endpoint. */
  went(outcome: Outcome): void {
    if (outcome !== "success") this.failed++;
    this.#traffic.went(this, outcome);
  }

  /** Nothing is under way any more of one that has begun. */
  end(): void {
    this.outstanding--;
    this.#traffic.hasEnded();
  }
}

/** What limits are for. */
type Limited = "message" | "connection" | "request";

/** One of those to choose from. */
interface Candidate {
  readonly endpoint: string;
  readonly outstanding: number;
}

/** What it tells of. */
export interface TrafficEvents {
  /** Something is counted that was not. */
  counted(): void;
  ejected(ejection: Ejection): void;
  returned(endpoint: string): void;
}

const mostPending = 1_024;
/** Of so many clients it is remembered which endpoint they keep to. */
const mostSessions = 10_000;

export class ServiceTraffic {
  /** What is sent to: the name of a port, or `messages`. */
  readonly port: string;
  readonly #clock: Pick<Clock, "elapsed" | "after">;
  readonly #random: Random;
  readonly #events: TrafficEvents;
  readonly #uses = new Map<string, EndpointUse>();
  readonly #sessions = new Map<string, Session>();
  /** In the order in which they came. */
  readonly #waiting = new Set<{ readonly what: Limited; readonly begin: () => void }>();
  #policy: TrafficPolicy;
  #choose: Choose;
  #outliers: OutlierDetection | undefined;
  #outstanding = 0;
  #isCounted = false;
  #isBeginning = false;

  constructor(
    policy: TrafficPolicy,
    port: string,
    {
      clock,
      random,
      events,
    }: {
      readonly clock: Pick<Clock, "elapsed" | "after">;
      readonly random: Random;
      readonly events: TrafficEvents;
    },
  ) {
    this.#policy = policy;
    this.port = port;
    this.#clock = clock;
    this.#random = random;
    this.#events = events;
    this.#choose = balancer(policy.balancing, random);
    this.#outliers = policy.outliers && new OutlierDetection(policy.outliers, clock.elapsed());
  }

  get policy(): TrafficPolicy {
    return this.#policy;
  }

  /** The rules may have changed since; what was counted stays. */
  set policy(policy: TrafficPolicy) {
    const before = this.#policy;
    if (policy === before) return;
    this.#policy = policy;
    if (policy.balancing !== before.balancing) this.#choose = balancer(policy.balancing, this.#random);
    if (JSON.stringify(policy.outliers) !== JSON.stringify(before.outliers))
      this.#outliers = policy.outliers && new OutlierDetection(policy.outliers, this.#clock.elapsed());
    this.#beginWaiting();
  }

  /** What is known of an endpoint. */
  use(endpoint: string): EndpointUse {
    let use = this.#uses.get(endpoint);
    if (!use) {
      use = new EndpointUse(endpoint, this);
      this.#uses.set(endpoint, use);
    }
    return use;
  }

  /** These are the endpoints by now: what is none any more, and has nothing under way, is forgotten. */
  keep(endpoints: readonly string[]): void {
    const kept = new Set(endpoints);
    for (const [endpoint, { outstanding }] of this.#uses)
      if (!kept.has(endpoint) && outstanding === 0) this.#uses.delete(endpoint);
    this.#outliers?.keep([...this.#uses.keys()]);
  }

  /**
   * The endpoint for the next use; undefined where there is none.
   * @param client whose session it is: an address
   */
  choose<C extends Candidate>(candidates: readonly C[], client: string): C | undefined {
    if (candidates.length === 0) return undefined;
    const { affinityMs } = this.#policy;
    const left = this.#outliers ? this.#outliers.among(candidates, this.#clock.elapsed()) : candidates;
    return affinityMs === undefined ? this.#choose(left) : this.#kept(left, client, affinityMs);
  }

  /** False: so much is under way that more has to wait. */
  get hasRoom(): boolean {
    return this.hasRoomFor(this.#usual);
  }

  hasRoomFor(what: Limited): boolean {
    const { maxConnections = Number.POSITIVE_INFINITY, maxRequests = Number.POSITIVE_INFINITY } =
      this.#policy.limits ?? {};
    switch (what) {
      case "message":
        return this.#outstanding < maxRequests;
      case "connection":
        return this.#outstanding < maxConnections;
      case "request":
        return this.#outstanding < Math.min(maxConnections, maxRequests);
    }
  }

  /**
   * Lets something wait until there is room. Returns what gives it up, so that it takes the place of no other; undefined: too much waits
   * already, and it is to fail.
   */
  wait(begin: () => void, what: Limited = this.#usual): (() => void) | undefined {
    if (this.#waiting.size >= (this.#policy.limits?.maxPendingRequests ?? mostPending)) return undefined;
    const waiting = { what, begin };
    this.#waiting.add(waiting);
    return () => this.#waiting.delete(waiting);
  }

  get #usual(): Limited {
    return this.port === "messages" ? "message" : "connection";
  }

  isEjected(endpoint: string): boolean {
    return this.#outliers?.isEjected(endpoint, this.#clock.elapsed()) ?? false;
  }

  get uses(): Iterable<EndpointUse> {
    return this.#uses.values();
  }

  /** What was counted is told; the next to begin is told of again. */
  told(): void {
    this.#isCounted = false;
  }

  hasBegun(): void {
    this.#outstanding++;
    this.#count();
  }

  hasEnded(): void {
    this.#outstanding--;
    this.#count();
    this.#beginWaiting();
  }

  went(use: EndpointUse, outcome: Outcome): void {
    const outliers = this.#outliers;
    if (!outliers) return;
    const now = this.#clock.elapsed();
    const ejection = outliers.ended(use.endpoint, outcome, [...this.#uses.keys()], now);
    if (!ejection) return;
    use.ejections++;
    this.#events.ejected(ejection);
    this.#clock.after(ejection.until - now, () => {
      for (const endpoint of outliers.returned(this.#clock.elapsed())) this.#events.returned(endpoint);
    });
  }

  /** Room may have come by an end, or by a limit that was raised or taken away. */
  #beginWaiting(): void {
    // What begins may end at once, and is counted by the loop that let it begin.
    if (this.#isBeginning) return;
    this.#isBeginning = true;
    for (const waiting of this.#waiting) {
      if (!this.hasRoomFor(waiting.what)) break;
      this.#waiting.delete(waiting);
      waiting.begin();
    }
    this.#isBeginning = false;
  }

  #kept<C extends Candidate>(candidates: readonly C[], client: string, affinityMs: number): C | undefined {
    const now = this.#clock.elapsed();
    const names = candidates.map(({ endpoint }) => endpoint);
    const kept = keptTo(names, client, { affinityMs, session: this.#sessions.get(client), now });
    if (kept !== undefined) setBounded(this.#sessions, client, { endpoint: kept, usedAt: now }, mostSessions);
    return candidates.find(({ endpoint }) => endpoint === kept);
  }

  #count(): void {
    if (this.#isCounted) return;
    this.#isCounted = true;
    this.#events.counted();
  }
}
