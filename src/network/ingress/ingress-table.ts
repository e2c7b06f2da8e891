/**
 * What the Ingresses of a cluster say together: which rule leads where, for which host there is which certificate, and which of their rules
 * another one had first. Made anew when it is asked for after one of them, or a class, has changed.
 */
import type {
  Draft,
  Ingress,
  IngressBackend,
  IngressClass,
  KubernetesObject,
  NamespacedName,
} from "../../resources/index.ts";
import type { StoreReads, Unwatch } from "../../store/index.ts";
import {
  everyHost,
  type HttpBackend,
  HttpRoutes,
  type HttpRule,
  hostPattern,
  hostText,
  isOfStatus,
  olderFirst,
  type PathMatch,
  placeOf,
} from "../http/index.ts";

/** The controller that IngressClasses name which are served here. */
const controllerName = "k4s.dev/ingress";
export const ownClass = "k4s";

/** The class that a cluster has from the start; an Ingress that names none is given it. */
export const ingressClass: Draft<IngressClass> = {
  apiVersion: "networking.k8s.io/v1",
  kind: "IngressClass",
  metadata: { name: ownClass, annotations: { "ingressclass.kubernetes.io/is-default-class": "true" } },
  spec: { controller: controllerName },
};
const classAnnotation = "kubernetes.io/ingress.class";

type IngressRule = HttpRule<HttpBackend>;

export interface ReadIngresses {
  readonly routes: HttpRoutes<HttpBackend>;
  /** By host, which may be a wildcard: the Secrets with a certificate for it, the oldest Ingress first. */
  readonly certificates: ReadonlyMap<string, readonly NamespacedName[]>;
  /** By the uid of an Ingress: which of its rules never apply, and because of which other Ingress. */
  readonly shadowed: ReadonlyMap<string, readonly string[]>;
}

export class IngressTable {
  readonly #store: StoreReads;
  #read: ReadIngresses | undefined;
  #unwatch: readonly Unwatch[] = [];

  constructor(store: StoreReads) {
    this.#store = store;
  }

  start(): void {
    this.#unwatch = ["Ingress", "IngressClass"].map(kind =>
      this.#store.watch({ kind }, change => {
        if (!isOfStatus(change)) this.#read = undefined;
      }),
    );
  }

  stop(): void {
    for (const unwatch of this.#unwatch) unwatch();
  }

  get current(): ReadIngresses {
    this.#read ??= readIngresses(this.#store.list("Ingress").filter(each => isServedHere(each, this.#store)));
    return this.#read;
  }
}

/** Whether an Ingress is ours: its class names our controller, or it names none. */
export function isServedHere(ingress: Ingress, reader: Pick<StoreReads, "get">): boolean {
  const name = classOf(ingress);
  if (name === undefined) return true;
  const found: IngressClass | undefined = reader.get("IngressClass", "", name);
  return found ? found.spec?.controller === controllerName : name === ownClass;
}

/** The class that it names, in its spec or as it was done before there was a field for that. */
export function classOf(ingress: Ingress): string | undefined {
  return ingress.spec?.ingressClassName ?? annotatedClass(ingress);
}

function annotatedClass({ metadata }: Pick<KubernetesObject, "metadata">): string | undefined {
  return metadata.annotations?.[classAnnotation] || undefined;
}

/** Of two that want the same host and path, the older one has it. */
function readIngresses(ingresses: readonly Ingress[]): ReadIngresses {
  const rules: IngressRule[] = [];
  const owners = new Map<string, Ingress>();
  const certificates = new Map<string, NamespacedName[]>();
  const shadowed = new Map<string, string[]>();
  for (const ingress of ingresses.toSorted(olderFirst)) {
    const { uid, namespace = "" } = ingress.metadata;
    for (const rule of rulesOf(ingress)) {
      const place = placeOfRule(rule);
      const owner = owners.get(place) ?? ingress;
      owners.set(place, owner);
      if (owner === ingress) rules.push(rule);
      else if (!rule.isFallback || rule.hosts.includes(everyHost))
        shadowed.set(uid, [...(shadowed.get(uid) ?? []), takenText(rule, owner)]);
    }
    for (const { hosts = [], secretName } of ingress.spec?.tls ?? []) {
      if (!secretName) continue;
      for (const host of hosts.length > 0 ? hosts : [""])
        certificates.set(host, [...(certificates.get(host) ?? []), { namespace, name: secretName }]);
    }
  }
  return { routes: new HttpRoutes(rules), certificates, shadowed };
}

/** Each has one host and one path, so that another Ingress can have had it first. */
function* rulesOf({ metadata, spec }: Ingress): Generator<IngressRule> {
  const { namespace = "", name } = metadata;
  const by = `Ingress ${namespace}/${name}`;
  const { rules = [], defaultBackend } = spec ?? {};
  const ruleOf = (
    host: string,
    path: PathMatch,
    backend: IngressBackend,
    isFallback = false,
  ): IngressRule => ({
    hosts: [host === "" ? everyHost : hostPattern(host, "one")],
    matches: [{ path }],
    isFallback,
    backends: [{ backend: backendOf(backend, namespace, by), weight: 1 }],
  });
  for (const { host = "", http } of rules) {
    for (const { path = "", pathType, backend } of http?.paths ?? []) {
      const type = pathType === "Exact" ? "Exact" : "PathPrefix";
      yield ruleOf(host, { type, value: plain(path, pathType) }, backend);
    }
    // A rule without paths sends all of its host to the default backend.
    if (!http && defaultBackend) yield ruleOf(host, everyPath, defaultBackend);
  }
  if (!defaultBackend) return;
  for (const host of new Set([...rules.map(rule => rule.host ?? ""), ""]))
    yield ruleOf(host, everyPath, defaultBackend, true);
}

const everyPath: PathMatch = { type: "PathPrefix", value: "/" };

function placeOfRule({ hosts: [host = everyHost], matches: [match = {}], isFallback }: IngressRule): string {
  return placeOf(host, match, isFallback);
}

/** How others read `/*` at the end of a path of the type ImplementationSpecific, which is a prefix here. */
function plain(path: string, pathType: string): string {
  return pathType === "ImplementationSpecific" ? path.replace(/\/\*$/, "/") : path;
}

function takenText(
  { hosts: [host = everyHost], matches: [match], isFallback }: IngressRule,
  { metadata }: Ingress,
): string {
  const other = `Ingress ${metadata.namespace}/${metadata.name}, which is older`;
  return isFallback
    ? `the default backend for all hosts is that of ${other}`
    : `${hostText(host) || "*"}${match?.path?.value ?? ""} is led elsewhere by ${other}`;
}

/** The Services and other things that an Ingress leads to. */
export function backendsOf({ spec }: Ingress): IngressBackend[] {
  const { rules = [], defaultBackend } = spec ?? {};
  const all = rules.flatMap(({ http }) => (http?.paths ?? []).map(({ backend }) => backend));
  return defaultBackend ? [...all, defaultBackend] : all;
}

function backendOf({ service }: IngressBackend, namespace: string, by: string): HttpBackend {
  if (!service) return { status: 503, why: "its backend is no Service, and only Services are served", by };
  return { namespace, service: service.name, port: service.port ?? {}, by };
}
