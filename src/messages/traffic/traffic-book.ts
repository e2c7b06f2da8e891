/**
 * All that one sender, a thread, has under way to Services, and what it tells the main thread of it: counts once a second while they change,
 * and at once that an endpoint is left out or comes back.
 */
import type { Clock, Random, Timer } from "../../outside/index.ts";
import { ServiceTraffic } from "./service-traffic.ts";
import type { TrafficPolicy } from "./traffic-policy.ts";

/** What is known of one endpoint of one port of a Service, since the sender began. */
export interface TrafficRow {
  readonly service: string;
  /** The name of a port, or `messages`. */
  readonly port: string;
  readonly endpoint: string;
  readonly begun: number;
  readonly outstanding: number;
  readonly failed: number;
  readonly ejections: number;
  readonly isEjected: boolean;
}

/** What was sent to one endpoint of one port of a Service. */
export interface EndpointTraffic {
  /** `namespace/name` of the Service. */
  readonly service: string;
  /** The name of a port, or its number where it has none; `messages`. */
  readonly port: string;
  /** Its address, and for connections its port. */
  readonly endpoint: string;
  /** Messages and requests, or connections, since the cluster began. */
  readonly total: number;
  readonly inFlight: number;
  readonly failures: number;
  readonly ejections: number;
  /** How many senders leave it out at the moment. */
  readonly ejectedBy: number;
}

/** An endpoint is left out, or comes back. */
export interface EjectionNews {
  readonly service: string;
  readonly port: string;
  readonly endpoint: string;
  /** For how long, and why; undefined: it is back. */
  readonly ejected?: { readonly ms: number; readonly why: string };
}

export interface TrafficReport {
  readonly rows: readonly TrafficRow[];
  readonly news: readonly EjectionNews[];
}

/** Counts are told so often. */
const reportMs = 1_000;
/** So many rows are told at once: some 40 kB. Who is told over a socket takes no more than a little above that. */
const rowsAtOnce = 100;
/** So many ports of Services are remembered. */
const mostTraffics = 1_000;

export interface TrafficBookParts {
  readonly clock: Pick<Clock, "elapsed" | "after">;
  readonly random: Random;
  readonly report: (report: TrafficReport) => void;
}

export class TrafficBook {
  readonly #parts: TrafficBookParts;
  readonly #traffics = new Map<string, ServiceTraffic>();
  readonly #changed = new Set<ServiceTraffic>();
  #news: EjectionNews[] = [];
  #timer: Timer | undefined;

  constructor(parts: TrafficBookParts) {
    this.#parts = parts;
  }

  /** What is under way to a port of the Service. */
  of(policy: TrafficPolicy, port: string): ServiceTraffic {
    const key = `${policy.service} ${port}`;
    let traffic = this.#traffics.get(key);
    if (traffic) traffic.policy = policy;
    else {
      traffic = this.#make(policy, port);
      if (this.#traffics.size >= mostTraffics) this.#forgetOldest();
      this.#traffics.set(key, traffic);
    }
    return traffic;
  }

  /** The rules of a Service may have changed: what waits because of a limit that is gone need not wait until something ends. */
  heard(policy: TrafficPolicy): void {
    for (const traffic of this.#traffics.values())
      if (traffic.policy.service === policy.service) traffic.policy = policy;
  }

  /** Tells what is still to be told. */
  close(): void {
    if (this.#changed.size > 0 || this.#news.length > 0) this.#report();
  }

  #make(policy: TrafficPolicy, port: string): ServiceTraffic {
    const { clock, random } = this.#parts;
    const { service } = policy;
    const traffic: ServiceTraffic = new ServiceTraffic(policy, port, {
      clock,
      random,
      events: {
        counted: () => this.#hasChanged(traffic),
        ejected: ({ endpoint, at, until, why }) =>
          this.#tell(traffic, { service, port, endpoint, ejected: { ms: until - at, why } }),
        returned: endpoint => this.#tell(traffic, { service, port, endpoint }),
      },
    });
    return traffic;
  }

  #hasChanged(traffic: ServiceTraffic): void {
    this.#changed.add(traffic);
    this.#timer ??= this.#parts.clock.after(reportMs, () => this.#report());
  }

  #tell(traffic: ServiceTraffic, news: EjectionNews): void {
    this.#changed.add(traffic);
    this.#news.push(news);
    this.#report();
  }

  #report(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const rows = [...this.#changed].flatMap(rowsOf);
    for (const traffic of this.#changed) traffic.told();
    this.#changed.clear();
    const news = this.#news;
    this.#news = [];
    this.#parts.report({ rows: rows.slice(0, rowsAtOnce), news });
    for (let from = rowsAtOnce; from < rows.length; from += rowsAtOnce)
      this.#parts.report({ rows: rows.slice(from, from + rowsAtOnce), news: [] });
  }

  #forgetOldest(): void {
    const [oldest] = this.#traffics.keys();
    if (oldest !== undefined) this.#traffics.delete(oldest);
  }
}

function rowsOf(traffic: ServiceTraffic): TrafficRow[] {
  const { port, policy } = traffic;
  return [...traffic.uses].map(({ endpoint, begun, outstanding, failed, ejections }) => {
    const isEjected = traffic.isEjected(endpoint);
    return { service: policy.service, port, endpoint, begun, outstanding, failed, ejections, isEjected };
  });
}
