/**
 * Whether pods may be driven off a node that is not ready, as Kubernetes' node life cycle controller decides it: one node of a
 * zone every ten seconds, more slowly where most of a zone is not ready, and none where no node at all is: then it is more likely
 * that something is wrong with the network, or that this machine was asleep, and the pods run well. No count is kept for it: when
 * a node of the zone was the last to be given up stands in the `timeAdded` of its taint.
 */
import type { Node, Taint } from "../../resources/index.ts";

/** One node every ten seconds: `--node-eviction-rate` of 0.1. */
const paceMs = 10_000;
/** Where most of a large zone is not ready: `--secondary-node-eviction-rate` of 0.01. */
const slowPaceMs = 100_000;
/** A zone of no more nodes than this is small: `--large-cluster-size-threshold`. */
const small = 50;
/** So great a share of a zone is most of it: `--unhealthy-zone-threshold`. */
const most = 0.55;
/** As many as this may be not ready without being most of anything. */
const few = 2;

/** `no`: nobody is driven off; `wait`: nobody else, before `until`, in milliseconds since 1970. */
export type Driving = { readonly may: "yes" | "no" } | { readonly may: "wait"; readonly until: number };

/** How a node is seen by what decides. */
export interface SeenNode {
  readonly node: Node;
  readonly isReady: boolean;
}

/** What was counted of the nodes of a zone. */
interface Zone {
  readonly size: number;
  readonly unready: number;
  /** When a node of it was the last to be given up, in milliseconds since 1970. */
  readonly lastAt: number;
}

const noZone: Zone = { size: 0, unready: 0, lastAt: Number.NEGATIVE_INFINITY };

export interface Zones {
  readonly isAnyReady: boolean;
  readonly byName: ReadonlyMap<string, Zone>;
}

export function zoneOf({ metadata: { labels = {} } }: Node): string {
  return `${labels["topology.kubernetes.io/region"] ?? ""}/${labels["topology.kubernetes.io/zone"] ?? ""}`;
}

/**
 * @param nodes all there are
 * @param isDriving whether a taint is one of those that drive pods off a node that is not ready
 */
export function zonesOf(nodes: Iterable<SeenNode>, isDriving: (taint: Taint) => boolean): Zones {
  let isAnyReady = false;
  const byName = new Map<string, Zone>();
  for (const { node, isReady } of nodes) {
    isAnyReady ||= isReady;
    const name = zoneOf(node);
    const zone = byName.get(name) ?? noZone;
    let { lastAt } = zone;
    for (const taint of node.spec?.taints ?? [])
      if (isDriving(taint)) lastAt = Math.max(lastAt, Date.parse(taint.timeAdded ?? "") || 0);
    byName.set(name, { size: zone.size + 1, unready: zone.unready + (isReady ? 0 : 1), lastAt });
  }
  return { isAnyReady, byName };
}

export function drivingFrom(zone: string, { isAnyReady, byName }: Zones, now: number): Driving {
  if (!isAnyReady) return { may: "no" };
  const { size, unready, lastAt } = byName.get(zone) ?? noZone;
  const pace = paceOf(size, unready);
  // Also where none was given up before.
  const until = pace === Number.POSITIVE_INFINITY ? pace : lastAt + pace;
  return until > now ? { may: "wait", until } : { may: "yes" };
}

/** For how long the zones are not counted anew, in milliseconds: thousands of nodes that fall silent are looked at each second. */
const freshMs = 100;

/** The zones as they were counted lately, for all nodes that are asked about. */
export class RecentZones {
  #counted: { readonly zones: Zones; readonly at: number } | undefined;
  /** When a node of each was the last to be given up here: it takes a while until that is written. */
  readonly #lastAt = new Map<string, number>();

  /** @param count called where they were not counted for a tenth of a second */
  at(now: number, count: () => Zones): Zones {
    const age = this.#counted ? now - this.#counted.at : freshMs;
    const zones = this.#counted && age >= 0 && age < freshMs ? this.#counted.zones : undefined;
    if (zones) return zones;
    const { isAnyReady, byName } = count();
    const known = [...byName].map(([name, zone]): [string, Zone] => {
      const lastAt = Math.max(zone.lastAt, this.#lastAt.get(name) ?? zone.lastAt);
      return [name, { ...zone, lastAt }];
    });
    this.#counted = { zones: { isAnyReady, byName: new Map(known) }, at: now };
    return this.#counted.zones;
  }

  /** A node is given up: it sets the pace for the next one of its zone. */
  givenUp(zone: string, now: number): void {
    this.#counted = undefined;
    // To the second, as its taint has it.
    this.#lastAt.set(zone, Math.floor(now / 1_000) * 1_000);
  }
}

/** In milliseconds. A zone of which nothing is ready is given up as quickly as a single node: there are others. */
function paceOf(size: number, unready: number): number {
  const isMost = unready < size && unready > few && unready / size >= most;
  if (!isMost) return paceMs;
  return size > small ? slowPaceMs : Number.POSITIVE_INFINITY;
}
