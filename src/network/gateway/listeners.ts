/** What a listener of a Gateway is worth: whether it can be served here, with which certificates, for which routes. */
import {
  type Gateway,
  type GatewayListener,
  gatewayGroup,
  matchesSelector,
  type NamespacedName,
  type RouteGroupKind,
} from "../../resources/index.ts";
import { type HostPattern, hostPattern, intersection } from "../http/index.ts";
import { isPermitted, type References } from "./references.ts";
import type { Route } from "./route-kinds.ts";

interface Fault {
  readonly reason: string;
  readonly message: string;
}

export interface ReadListener {
  readonly listener: GatewayListener;
  readonly host: HostPattern;
  readonly isSecured: boolean;
  /** The certificates that it may show. */
  readonly secrets: readonly NamespacedName[];
  readonly supportedKinds: readonly RouteGroupKind[];
  /** Why it is not accepted. */
  readonly unaccepted?: Fault;
  /** Which of its references lead nowhere. */
  readonly unresolved?: Fault;
  /** Which other listener of its Gateway it is in conflict with. */
  readonly conflict?: Fault;
}

const served: readonly RouteGroupKind[] = ["HTTPRoute", "GRPCRoute"].map(kind => ({
  group: gatewayGroup,
  kind,
}));

/** @param certificateFault what is wrong with a Secret as a certificate */
export function readListener(
  gateway: Gateway,
  listener: GatewayListener,
  store: References,
  certificateFault: (secret: NamespacedName) => string | undefined,
): ReadListener {
  const { protocol, hostname, tls, allowedRoutes } = listener;
  const { namespace = "" } = gateway.metadata;
  const isSecured = protocol === "HTTPS";
  const faults: Fault[] = [];
  const secrets: NamespacedName[] = [];
  for (const { group = "", kind = "Secret", name, namespace: where = namespace } of isSecured
    ? (tls?.certificateRefs ?? [])
    : []) {
    const what = `${kind} ${where}/${name}`;
    const fault =
      group !== "" || kind !== "Secret"
        ? { reason: "InvalidCertificateRef", message: `${what} is no Secret` }
        : !isPermitted({ kind: "Gateway", namespace }, { group, kind, name, namespace: where }, store)
          ? {
              reason: "RefNotPermitted",
              message: `no ReferenceGrant in ${where} lets a Gateway of ${namespace} refer to ${what}`,
            }
          : certificateRefFault(what, certificateFault({ namespace: where, name }));
    if (fault) faults.push(fault);
    else secrets.push({ namespace: where, name });
  }
  const kinds = allowedRoutes?.kinds ?? [];
  const isServed = ({ group = gatewayGroup, kind }: RouteGroupKind) =>
    served.some(each => each.group === group && each.kind === kind);
  if (!kinds.every(isServed))
    faults.push({ reason: "InvalidRouteKinds", message: "only HTTPRoutes and GRPCRoutes are served" });
  const [unresolved] = faults;
  const unaccepted = protocolFault(listener);
  return {
    listener,
    host: hostPattern(hostname, "any"),
    isSecured,
    secrets,
    supportedKinds: served.filter(each => kinds.length === 0 || kinds.some(({ kind }) => kind === each.kind)),
    ...(unaccepted && { unaccepted }),
    ...(unresolved && { unresolved }),
  };
}

function certificateRefFault(what: string, fault: string | undefined): Fault | undefined {
  return fault === undefined ? undefined : { reason: "InvalidCertificateRef", message: `${what}: ${fault}` };
}

function protocolFault({ protocol, tls }: GatewayListener): Fault | undefined {
  if (protocol !== "HTTP" && protocol !== "HTTPS")
    return { reason: "UnsupportedProtocol", message: `${protocol} is not served, only HTTP and HTTPS are` };
  if (protocol === "HTTPS" && tls?.mode === "Passthrough")
    return {
      reason: "UnsupportedProtocol",
      message: "HTTPS that is passed through cannot be routed by what is in it",
    };
  if (protocol === "HTTPS" && (tls?.certificateRefs ?? []).length === 0)
    return { reason: "InvalidCertificateRef", message: "HTTPS needs a Secret in tls.certificateRefs" };
  return undefined;
}

/**
 * The listeners of a Gateway, each with what it is in conflict with: those at one port speak one protocol, and each is for another host.
 * None of those that are in conflict is served.
 */
export function withConflicts(listeners: readonly ReadListener[]): readonly ReadListener[] {
  return listeners.map(read => {
    const { port, protocol, hostname = "" } = read.listener;
    const others = listeners.filter(each => each !== read && each.listener.port === port);
    const otherProtocol = others.find(({ listener }) => listener.protocol !== protocol);
    const sameHost = others.find(({ listener }) => (listener.hostname ?? "") === hostname);
    if (otherProtocol) {
      const { name, protocol: other } = otherProtocol.listener;
      const message = `listener ${name} speaks ${other} at port ${port}`;
      return { ...read, conflict: { reason: "ProtocolConflict", message } };
    }
    if (!sameHost) return read;
    const message = `listener ${sameHost.listener.name} is for the same host at port ${port}`;
    return { ...read, conflict: { reason: "HostnameConflict", message } };
  });
}

/** It takes connections: a listener that is not accepted or in conflict does not, nor one that lacks every certificate. */
export function isProgrammed({
  unaccepted,
  conflict,
  isSecured,
  secrets,
  supportedKinds,
}: ReadListener): boolean {
  return !unaccepted && !conflict && supportedKinds.length > 0 && (!isSecured || secrets.length > 0);
}

/** Whether the listener lets a route attach, by its kind and namespace. */
export function allowsRoute(
  { listener, supportedKinds }: ReadListener,
  gateway: Gateway,
  route: Route,
  store: References,
): boolean {
  if (!supportedKinds.some(({ kind }) => kind === route.kind)) return false;
  const { namespace = "" } = route.metadata;
  const { from = "Same", selector } = listener.allowedRoutes?.namespaces ?? {};
  switch (from) {
    case "All":
      return true;
    case "Selector": {
      const labels = store.get("Namespace", "", namespace)?.metadata.labels;
      return selector !== undefined && matchesSelector(selector, labels ?? {});
    }
    case "Same":
      return namespace === gateway.metadata.namespace;
    default:
      return false;
  }
}

/** The hosts for which a route is asked at a listener; none where the two have none in common. */
export function commonHosts(host: HostPattern, { spec }: Route): HostPattern[] {
  const { hostnames = [] } = spec;
  if (hostnames.length === 0) return [host];
  return hostnames.flatMap(each => intersection(host, hostPattern(each, "any")) ?? []);
}
