/**
 * What a container's environment says of services, as Kubernetes has it: the address and ports of each service of the pod's
 * namespace (`WEB_SERVICE_HOST`, `WEB_SERVICE_PORT`, …), and of the API. A cluster IP is an address that no system routes: the
 * programs of a shell know it, but a client library in a module does not. So to a module `KUBERNETES_SERVICE_HOST` and `_PORT` are
 * where the API really listens: with them, and the token that lies in the pod, clients find the cluster.
 */
import type { EndpointSlice, Pod, Service } from "../../resources/index.ts";
import type { StoreReads } from "../../store/index.ts";

/** @param routes whether all that is run can connect to a cluster IP */
export function serviceVariables(
  { metadata, spec }: Pod,
  store: StoreReads,
  routes: boolean,
): Record<string, string> {
  const variables: Record<string, string> = {};
  if (spec.enableServiceLinks !== false) {
    const services = store.list("Service", { namespace: metadata.namespace ?? "" });
    for (const service of services) Object.assign(variables, variablesOf(service));
  }
  return Object.assign(variables, apiVariables(store, routes));
}

function variablesOf({ metadata, spec: { clusterIP, ports = [] } }: Service): Record<string, string> {
  const [first] = ports;
  if (!clusterIP || clusterIP === "None" || !first) return {};
  const name = asVariable(metadata.name);
  const variables: Record<string, string> = {
    [`${name}_SERVICE_HOST`]: clusterIP,
    [`${name}_SERVICE_PORT`]: String(first.port),
    [`${name}_PORT`]: urlOf(clusterIP, first),
  };
  for (const port of ports) {
    const protocol = port.protocol ?? "TCP";
    const link = `${name}_PORT_${port.port}_${protocol}`;
    if (port.name) variables[`${name}_SERVICE_PORT_${asVariable(port.name)}`] = String(port.port);
    variables[link] = urlOf(clusterIP, port);
    variables[`${link}_PROTO`] = protocol.toLowerCase();
    variables[`${link}_PORT`] = String(port.port);
    variables[`${link}_ADDR`] = clusterIP;
  }
  return variables;
}

type ServicePort = NonNullable<Service["spec"]["ports"]>[number];

function urlOf(address: string, { port, protocol = "TCP" }: ServicePort): string {
  return `${protocol.toLowerCase()}://${address}:${port}`;
}

function asVariable(name: string): string {
  return name.toUpperCase().replaceAll("-", "_");
}

/** Where the API listens; nothing as long as it is not served. */
function apiVariables(store: StoreReads, routes: boolean): Record<string, string> {
  const slice = servedApi(store);
  const [host] = slice?.endpoints?.[0]?.addresses ?? [];
  const port = slice?.ports?.[0]?.port;
  if (host === undefined || port === undefined) return {};
  const service = store.get("Service", "default", "kubernetes");
  const variables = service ? variablesOf(service) : {};
  if (routes) return variables;
  return {
    ...variables,
    KUBERNETES_SERVICE_HOST: host,
    KUBERNETES_SERVICE_PORT: String(port),
    KUBERNETES_SERVICE_PORT_HTTPS: String(port),
  };
}

/** Where the API is served; undefined where it is not. */
export function servedApi(store: Pick<StoreReads, "get">): EndpointSlice | undefined {
  return store.get("EndpointSlice", "default", "kubernetes");
}
