/** From the backend of a rule to the endpoints that a request may be sent to. */
import type { FoundEndpoint } from "../../messages/index.ts";
import type { Service } from "../../resources/index.ts";
import type { ServicePorts } from "../service-ports.ts";
import { type Backend, portOf } from "./ingress-table.ts";

/** The endpoints, at least one, in no order; or why there is none. */
export type Upstream =
  | { readonly endpoints: readonly FoundEndpoint[]; readonly why?: never }
  | { readonly endpoints?: never; readonly why: string };

/** So many ExternalNames may lead to each other. */
const mostAliases = 8;

export function upstreamOf({ namespace, backend }: Backend, services: Pick<ServicePorts, "of">): Upstream {
  const { service } = backend;
  if (!service) return { why: "its backend is no Service, and only Services are served" };
  const found = services.of(namespace, service.name);
  const what = `Service ${namespace}/${service.name}`;
  if (!found) return { why: `there is no ${what}` };
  const { name, number } = service.port ?? {};
  const port = portOf(backend, found.service);
  // A Service that is a mere name need not list its ports.
  if (found.service.spec.type === "ExternalName") {
    const target = port?.port ?? number;
    return target === undefined
      ? { why: `${what} has no port ${name}` }
      : outside(found.service, target, services);
  }
  if (!port) return { why: `${what} has no port ${name ?? number}` };
  const { endpoints = [] } = found.ports.find(each => each.name === port.name) ?? {};
  return endpoints.length > 0 ? { endpoints } : { why: `nothing behind ${what} is ready` };
}

/** A name of the cluster leads to a Service, as its DNS would have it; any other is looked up by the system. */
function outside(service: Service, port: number, services: Pick<ServicePorts, "of">): Upstream {
  let alias = service;
  for (let i = 0; i < mostAliases; i++) {
    const host = (alias.spec.externalName ?? "").replace(/\.$/, "");
    const [, name = "", namespace = ""] = /^([^.]+)\.([^.]+)\.svc(?:\.cluster\.local)?$/.exec(host) ?? [];
    if (name === "") return { endpoints: [{ address: host, port }] };
    const found = services.of(namespace, name);
    if (!found) return { why: `there is no Service ${namespace}/${name}` };
    if (found.service.spec.type !== "ExternalName") {
      const { endpoints = [] } = found.ports.find(each => each.port === port) ?? {};
      const why = `nothing behind port ${port} of Service ${namespace}/${name} is ready`;
      return endpoints.length > 0 ? { endpoints } : { why };
    }
    alias = found.service;
  }
  return { why: `Service ${service.metadata.namespace}/${service.metadata.name} leads from name to name` };
}
