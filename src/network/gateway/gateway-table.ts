/**
 * What the Gateways of a cluster and their routes say together: which listener is for which hosts, which routes are attached to it, and which
 * certificates it shows. Made anew when it is asked for after something has changed of which it is made.
 */
import {
  type Draft,
  type Gateway,
  type GatewayClass,
  gatewayGroup,
  type NamespacedName,
  type ParentReference,
} from "../../resources/index.ts";
import type { StoreReads, Unwatch } from "../../store/index.ts";
import {
  type FoundRule,
  type HttpBackend,
  type HttpFacts,
  HttpRoutes,
  type HttpRule,
  hostKey,
  hostKeysOf,
  isOfStatus,
  olderFirst,
} from "../http/index.ts";
import {
  allowsRoute,
  commonHosts,
  isProgrammed,
  type ReadListener,
  readListener,
  withConflicts,
} from "./listeners.ts";
import { allRoutes, type Route, routeKinds } from "./route-kinds.ts";
import { rulesOfRoute, unsupported } from "./route-rules.ts";

/** The controller that GatewayClasses name which are served here. */
export const gatewayControllerName = "k4s.dev/gateway";

/** The class that a cluster has from the start. */
export const gatewayClass: Draft<GatewayClass> = {
  apiVersion: `${gatewayGroup}/v1`,
  kind: "GatewayClass",
  metadata: { name: "k4s" },
  spec: { controllerName: gatewayControllerName, description: "Served at the address of the option ingress" },
};

const gatewayKind = `Gateway.${gatewayGroup}` as const;
/** A change of one of these may change what is said. */
const readKinds = [
  gatewayKind,
  ...routeKinds,
  `GatewayClass.${gatewayGroup}`,
  `ReferenceGrant.${gatewayGroup}`,
  "Service",
  "Namespace",
  "Secret",
];

/** What became of a reference of a route to a Gateway that is served here. */
interface Attachment {
  readonly ref: ParentReference;
  /** Undefined where it is attached; otherwise why not. */
  readonly fault?: { readonly reason: string; readonly message: string };
}

export interface ReadGateway {
  readonly gateway: Gateway;
  readonly listeners: readonly ReadListener[];
  /** By the name of a listener: how many routes are attached. */
  readonly attached: ReadonlyMap<string, number>;
}

export interface ReadGateways {
  /** By the uid of a Gateway. */
  readonly gateways: ReadonlyMap<string, ReadGateway>;
  /** By the uid of a route. */
  readonly attachments: ReadonlyMap<string, readonly Attachment[]>;
  readonly plain: ReadonlyMap<string, HttpRoutes<HttpBackend>>;
  readonly secured: ReadonlyMap<string, HttpRoutes<HttpBackend>>;
  /** By the key of a host. */
  readonly certificates: ReadonlyMap<string, readonly NamespacedName[]>;
}

export interface GatewayTableParts {
  readonly store: StoreReads;
  readonly certificateFault: (secret: NamespacedName) => string | undefined;
}

export class GatewayTable {
  readonly #parts: GatewayTableParts;
  #read: ReadGateways | undefined;
  #unwatch: readonly Unwatch[] = [];

  constructor(parts: GatewayTableParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#unwatch = readKinds.map(kind =>
      this.#parts.store.watch({ kind }, change => {
        if (!isOfStatus(change)) this.#read = undefined;
      }),
    );
  }

  stop(): void {
    for (const unwatch of this.#unwatch) unwatch();
  }

  get current(): ReadGateways {
    this.#read ??= readGateways(this.#parts);
    return this.#read;
  }

  /** The rule that a request comes under, of the routes of the most specific listener for its host. */
  find(facts: HttpFacts, isSecured: boolean): FoundRule<HttpBackend> | undefined {
    const { plain, secured } = this.current;
    const byHost = isSecured ? secured : plain;
    if (byHost.size === 0) return undefined;
    for (const key of hostKeysOf(facts.host)) {
      const routes = byHost.get(key);
      // No route of another listener counts, even where none of this one fits.
      if (routes) return routes.find(facts);
    }
    return undefined;
  }
}

/** Whether the class of a Gateway is ours. */
export function isGatewayServed({ spec }: Gateway, store: Pick<StoreReads, "get">): boolean {
  const found = store.get(`GatewayClass.${gatewayGroup}`, "", spec.gatewayClassName);
  return found?.spec.controllerName === gatewayControllerName;
}

function readGateways({ store, certificateFault }: GatewayTableParts): ReadGateways {
  const gateways = new Map<string, ReadGateway & { readonly attached: Map<string, number> }>();
  const byName = new Map<string, ReadGateway & { readonly attached: Map<string, number> }>();
  for (const gateway of store.list(gatewayKind).toSorted(olderFirst)) {
    if (!isGatewayServed(gateway, store)) continue;
    const { uid, namespace, name } = gateway.metadata;
    const listeners = withConflicts(
      gateway.spec.listeners.map(each => readListener(gateway, each, store, certificateFault)),
    );
    const read = {
      gateway,
      listeners,
      attached: new Map(listeners.map(({ listener }) => [listener.name, 0])),
    };
    gateways.set(uid, read);
    byName.set(`${namespace}/${name}`, read);
  }
  const attachments = new Map<string, Attachment[]>();
  const rules = {
    plain: new Map<string, HttpRule<HttpBackend>[]>(),
    secured: new Map<string, HttpRule<HttpBackend>[]>(),
  };
  for (const route of allRoutes(store)) {
    const { uid, namespace } = route.metadata;
    /** A listener counts a route once, however often it refers there. */
    const counted = new Set<ReadListener>();
    for (const ref of route.spec.parentRefs ?? []) {
      if (!isOfGateway(ref)) continue;
      const read = byName.get(`${ref.namespace ?? namespace}/${ref.name}`);
      if (!read) continue;
      const { fault, listeners } = attach(route, ref, read, store);
      attachments.set(uid, [...(attachments.get(uid) ?? []), { ref, ...(fault && { fault }) }]);
      for (const each of listeners) {
        if (counted.has(each)) continue;
        counted.add(each);
        read.attached.set(each.listener.name, (read.attached.get(each.listener.name) ?? 0) + 1);
        if (!isProgrammed(each)) continue;
        const byHost = each.isSecured ? rules.secured : rules.plain;
        const key = hostKey(each.host);
        const ofRoute = rulesOfRoute(route, commonHosts(each.host, route), store);
        byHost.set(key, [...(byHost.get(key) ?? []), ...ofRoute]);
      }
    }
  }
  const certificates = new Map<string, NamespacedName[]>();
  for (const { listeners } of gateways.values()) {
    for (const { host, secrets, isSecured, ...each } of listeners) {
      const byHost = isSecured ? rules.secured : rules.plain;
      // A listener without routes is for its hosts nonetheless.
      if (isProgrammed({ host, secrets, isSecured, ...each }))
        byHost.set(hostKey(host), byHost.get(hostKey(host)) ?? []);
      if (secrets.length > 0)
        certificates.set(hostKey(host), [...(certificates.get(hostKey(host)) ?? []), ...secrets]);
    }
  }
  const tables = (byHost: ReadonlyMap<string, readonly HttpRule<HttpBackend>[]>) =>
    new Map([...byHost].map(([key, ofHost]) => [key, new HttpRoutes(ofHost)]));
  return { gateways, attachments, plain: tables(rules.plain), secured: tables(rules.secured), certificates };
}

function isOfGateway({ group = gatewayGroup, kind = "Gateway" }: ParentReference): boolean {
  return group === gatewayGroup && kind === "Gateway";
}

function attach(
  route: Route,
  ref: ParentReference,
  { gateway, listeners }: ReadGateway,
  store: StoreReads,
): { readonly fault?: NonNullable<Attachment["fault"]>; readonly listeners: readonly ReadListener[] } {
  const refused = (reason: string, message: string) => ({ fault: { reason, message }, listeners: [] });
  const what = `Gateway ${gateway.metadata.namespace}/${gateway.metadata.name}`;
  const fault = unsupported(route);
  if (fault) return refused("UnsupportedValue", fault);
  const meant = listeners.filter(
    ({ listener: { name, port } }) =>
      (ref.sectionName === undefined || ref.sectionName === name) &&
      (ref.port === undefined || ref.port === port),
  );
  if (meant.length === 0) {
    const wanted = [ref.sectionName, ref.port !== undefined && `at port ${ref.port}`]
      .filter(Boolean)
      .join(" ");
    return refused("NoMatchingParent", `${what} has no listener ${wanted}`);
  }
  const allowing = meant.filter(each => allowsRoute(each, gateway, route, store));
  if (allowing.length === 0)
    return refused(
      "NotAllowedByListeners",
      `no listener of ${what} allows ${route.kind}s of ${route.metadata.namespace}`,
    );
  const common = allowing.filter(({ host }) => commonHosts(host, route).length > 0);
  if (common.length === 0)
    return refused(
      "NoMatchingListenerHostname",
      `no listener of ${what} is for one of the hosts of the route`,
    );
  return { listeners: common };
}
