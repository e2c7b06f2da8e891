/**
 * Which routes of HTTP and gRPC apply between pods: those whose parents are Services (GAMMA). A route of the Service's own namespace is for
 * everybody who calls the Service; one of another namespace is for the callers there, and goes before. Read anew after something has changed of which
 * it is made; hostnames of such routes say nothing, as the specification has it.
 */
import { isTerminating, type ParentReference, type Service } from "../../resources/index.ts";
import type { StoreReads, Unwatch } from "../../store/index.ts";
import { allRoutes, type Route, routeKinds, rulesOfRoute, unsupported } from "../gateway/index.ts";
import { type FoundRule, type HttpBackend, HttpRoutes, isOfStatus, mayTakeHttp } from "../http/index.ts";

/** What became of a reference of a route to a Service. */
export interface MeshAttachment {
  readonly ref: ParentReference;
  /** Undefined where it is attached; otherwise a condition's reason, and why. */
  readonly fault?: { readonly reason: string; readonly message: string };
}

/** The routes of one port of a Service. */
interface PortRoutes {
  readonly forAll: readonly Route[];
  /** By the namespace of the callers. */
  readonly forCallers: ReadonlyMap<string, readonly Route[]>;
}

interface ReadMesh {
  /** By `namespace/name port`. */
  readonly ports: ReadonlyMap<string, PortRoutes>;
  /** By the uid of a route. */
  readonly attachments: ReadonlyMap<string, readonly MeshAttachment[]>;
  /** By `namespace/name port caller's namespace`: made when they are asked for. */
  readonly rules: Map<string, HttpRoutes<HttpBackend>>;
}

const readKinds = [...routeKinds, "ReferenceGrant.gateway.networking.k8s.io", "Service"];

export class MeshTable {
  readonly #store: StoreReads;
  readonly #listeners = new Set<() => void>();
  readonly #callers = new Set<(service: string) => void>();
  readonly #served = new Set<string>();
  #read: ReadMesh | undefined;
  #unwatch: readonly Unwatch[] = [];

  constructor(store: StoreReads) {
    this.#store = store;
  }

  start(): void {
    this.#unwatch = readKinds.map(kind =>
      this.#store.watch({ kind }, change => {
        if (isOfStatus(change)) return;
        const before = this.#read?.ports.keys() ?? [];
        this.#read = undefined;
        // A Service that changes is no news to callers: they hear of it anyway. One that comes may be a backend.
        if (change.key.kind !== "Service" || change.type !== "MODIFIED")
          this.#tellCallers([...before, ...this.#current.ports.keys()]);
        for (const changed of this.#listeners) changed();
      }),
    );
  }

  stop(): void {
    for (const unwatch of this.#unwatch) unwatch();
    this.#listeners.clear();
    this.#callers.clear();
  }

  /** Calls `changed` when routes may be others than before. Returns what ends that. */
  onChange(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }

  /** The ports of Services that have routes, as `namespace/name port`. */
  get ports(): Iterable<string> {
    return this.#current.ports.keys();
  }

  /** The rules for callers of a namespace; undefined where none apply, and connections go straight to endpoints. */
  rulesFor(service: string, port: number, caller: string): HttpRoutes<HttpBackend> | undefined {
    const key = `${service} ${port}`;
    const { ports, rules } = this.#current;
    const found = ports.get(key);
    const routes = found && (found.forCallers.get(caller) ?? found.forAll);
    if (!routes?.length) return undefined;
    const known = rules.get(`${key} ${caller}`);
    if (known) return known;
    const made = new HttpRoutes(routes.flatMap(route => rulesOfRoute(route, [], this.#store)));
    rules.set(`${key} ${caller}`, made);
    return made;
  }

  /**
   * The rule for messages to a Service: that of its first port with routes. A message is as a request for `/` by POST without headers, so that
   * rules which ask for more are for HTTP alone.
   */
  ruleForMessages({ metadata, spec }: Service, caller: string): FoundRule<HttpBackend> | undefined {
    if (this.#current.ports.size === 0) return undefined;
    const service = `${metadata.namespace}/${metadata.name}`;
    for (const { port } of spec?.ports ?? []) {
      const rules = this.rulesFor(service, port, caller);
      if (rules) return rules.find({ host: metadata.name, path: "/", method: "POST", headers: {} });
    }
    return undefined;
  }

  /** What became of the references of a route to Services. */
  attachments({ metadata }: Route): readonly MeshAttachment[] {
    return this.#current.attachments.get(metadata.uid) ?? [];
  }

  get hasRoutes(): boolean {
    return this.#current.ports.size > 0;
  }

  /** Whether connections of these callers are led to where routes are applied: there are some, and it listens. */
  leads(service: string, port: number, caller: string): boolean {
    return this.#served.has(`${service} ${port}`) && this.rulesFor(service, port, caller) !== undefined;
  }

  /** The address at which the routes of a Service are applied. */
  addressOf(service: string): string | undefined {
    const [namespace = "", name = ""] = service.split("/");
    return this.#store.get("Service", namespace, name)?.spec.clusterIP;
  }

  /** Calls `changed` with the Service, as `namespace/name`, when what is told to its callers may be other than before. */
  onServed(changed: (service: string) => void): void {
    this.#callers.add(changed);
  }

  /** Where a port has routes, it listens from now on, or does not any more. @param key `namespace/name port` */
  setServed(key: string, isServed: boolean): void {
    if (isServed) this.#served.add(key);
    else this.#served.delete(key);
    this.#tellCallers([key]);
  }

  #tellCallers(keys: Iterable<string>): void {
    const services = new Set([...keys].map(key => key.split(" ")[0] ?? ""));
    for (const service of services) for (const changed of this.#callers) changed(service);
  }

  get #current(): ReadMesh {
    this.#read ??= readMesh(this.#store);
    return this.#read;
  }
}

/** Whether a parent of a route is a Service. */
export function isService({
  group = "gateway.networking.k8s.io",
  kind = "Gateway",
}: ParentReference): boolean {
  return (group === "" || group === "core") && kind === "Service";
}

function readMesh(store: StoreReads): ReadMesh {
  const ports = new Map<string, { forAll: Route[]; forCallers: Map<string, Route[]> }>();
  const attachments = new Map<string, MeshAttachment[]>();
  for (const route of allRoutes(store)) {
    const { uid, namespace = "" } = route.metadata;
    const refs = (route.spec.parentRefs ?? []).filter(isService);
    if (refs.length === 0 || isTerminating(route)) continue;
    attachments.set(
      uid,
      refs.map(ref => {
        const service = store.get("Service", ref.namespace ?? namespace, ref.name);
        const fault = faultOf(route, ref, service);
        if (fault || !service) return { ref, ...(fault && { fault }) };
        for (const key of portsOf(service, ref)) {
          const found = ports.get(key) ?? { forAll: [], forCallers: new Map<string, Route[]>() };
          ports.set(key, found);
          if (service.metadata.namespace === namespace) found.forAll.push(route);
          else found.forCallers.set(namespace, [...(found.forCallers.get(namespace) ?? []), route]);
        }
        return { ref };
      }),
    );
  }
  return { ports, attachments, rules: new Map() };
}

function faultOf(route: Route, ref: ParentReference, service: Service | undefined): MeshAttachment["fault"] {
  const what = `Service ${ref.namespace ?? route.metadata.namespace}/${ref.name}`;
  if (!service) return { reason: "NoMatchingParent", message: `there is no ${what}` };
  const { clusterIP, type, ports = [] } = service.spec;
  if (type === "ExternalName" || !clusterIP || clusterIP === "None")
    return {
      reason: "NoMatchingParent",
      message: `${what} has no address of its own, which routes could be reached at`,
    };
  if (ref.port !== undefined && !ports.some(({ port }) => port === ref.port))
    return { reason: "NoMatchingParent", message: `${what} has no port ${ref.port}` };
  const wrong = unsupported(route);
  return wrong === undefined ? undefined : { reason: "UnsupportedValue", message: wrong };
}

/** Where the reference names no port: all that may take HTTP. */
function portsOf({ metadata, spec }: Service, ref: ParentReference): string[] {
  return (spec.ports ?? [])
    .filter(
      ({ protocol = "TCP", port, appProtocol }) =>
        protocol === "TCP" && (ref.port === undefined ? mayTakeHttp(appProtocol) : ref.port === port),
    )
    .map(({ port }) => `${metadata.namespace}/${metadata.name} ${port}`);
}
