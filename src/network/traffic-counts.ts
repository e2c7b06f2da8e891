/**
 * What all threads together have sent to each endpoint of each Service: every sender tells its own counts, as they are by then, and what a
 * sender has counted that is gone is kept in sums. Threads run foreign code: what they tell is looked at before it is believed.
 */
import type { EjectionNews, EndpointTraffic, TrafficReport, TrafficRow } from "../messages/index.ts";
import { setBounded } from "../outside/index.ts";
import type { Service } from "../resources/index.ts";
import type { StoreReads } from "../store/index.ts";

/** So many endpoints are counted; of so many one sender may tell. */
const mostEndpoints = 10_000;

type Counts = Map<string, EndpointTraffic>;

export class TrafficCounts<Reporter extends object = object> {
  readonly #store: Pick<StoreReads, "get">;
  readonly #onEjection: (news: EjectionNews, service: Service) => void;
  readonly #bySender = new Map<Reporter, Counts>();
  /** Of senders that are gone. */
  readonly #gone: Counts = new Map();

  constructor(store: Pick<StoreReads, "get">, onEjection: (news: EjectionNews, service: Service) => void) {
    this.#store = store;
    this.#onEjection = onEjection;
  }

  /** A sender tells what it has counted. */
  add(sender: Reporter, { rows, news }: TrafficReport): void {
    const counts = this.#bySender.get(sender) ?? new Map<string, EndpointTraffic>();
    this.#bySender.set(sender, counts);
    for (const row of listOf(rows)) {
      const traffic = trafficOf(row);
      if (traffic && this.#serviceOf(traffic.service))
        setBounded(counts, keyOf(traffic), traffic, mostEndpoints);
    }
    for (const each of listOf(news)) {
      const service = isNews(each) ? this.#serviceOf(each.service) : undefined;
      if (service) this.#onEjection(each, service);
    }
  }

  /** A sender is gone: nothing is under way from it any more. */
  leave(sender: Reporter): void {
    for (const [key, traffic] of this.#bySender.get(sender) ?? []) {
      const ended = { ...traffic, inFlight: 0, ejectedBy: 0 };
      setBounded(this.#gone, key, plus(this.#gone.get(key), ended), mostEndpoints);
    }
    this.#bySender.delete(sender);
  }

  /** All together, by Service, port and endpoint; of Services that are there. */
  all(): readonly EndpointTraffic[] {
    const sums: Counts = new Map();
    for (const counts of [this.#gone, ...this.#bySender.values()])
      for (const [key, traffic] of counts) {
        if (this.#serviceOf(traffic.service)) sums.set(key, plus(sums.get(key), traffic));
        else counts.delete(key);
      }
    return [...sums].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, traffic]) => traffic);
  }

  #serviceOf(service: string): Service | undefined {
    const [namespace = "", name = ""] = service.split("/");
    return this.#store.get("Service", namespace, name);
  }
}

function keyOf({ service, port, endpoint }: EndpointTraffic): string {
  return `${service} ${port} ${endpoint}`;
}

function plus(one: EndpointTraffic | undefined, other: EndpointTraffic): EndpointTraffic {
  if (!one) return other;
  return {
    ...one,
    total: one.total + other.total,
    inFlight: one.inFlight + other.inFlight,
    failures: one.failures + other.failures,
    ejections: one.ejections + other.ejections,
    ejectedBy: one.ejectedBy + other.ejectedBy,
  };
}

function listOf<T>(given: readonly T[] | undefined): readonly T[] {
  return Array.isArray(given) ? given.slice(0, mostEndpoints) : [];
}

/** Undefined where it is no row. */
function trafficOf(row: TrafficRow | undefined): EndpointTraffic | undefined {
  if (typeof row !== "object" || row === null) return undefined;
  const { service, port, endpoint, begun, outstanding, failed, ejections, isEjected } = row;
  if (![service, port, endpoint].every(isName)) return undefined;
  if (![begun, outstanding, failed, ejections].every(isCount)) return undefined;
  const ejectedBy = isEjected === true ? 1 : 0;
  return {
    service,
    port,
    endpoint,
    total: begun,
    inFlight: outstanding,
    failures: failed,
    ejections,
    ejectedBy,
  };
}

function isNews(news: EjectionNews | undefined): news is EjectionNews {
  if (typeof news !== "object" || news === null) return false;
  const { service, port, endpoint, ejected } = news;
  if (![service, port, endpoint].every(isName)) return false;
  return ejected === undefined || (isCount(ejected.ms) && isName(ejected.why));
}

function isName(given: unknown): boolean {
  return typeof given === "string" && given.length <= 300;
}

function isCount(given: unknown): boolean {
  return typeof given === "number" && given >= 0 && given <= Number.MAX_SAFE_INTEGER;
}
