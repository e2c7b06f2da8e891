/** From the backend of a rule to the endpoints that a request may be sent to. */
import type { FoundEndpoint, FoundPort } from "../../messages/index.ts";
import type { Service } from "../../resources/index.ts";
import { mostAliases } from "../dns-names.ts";
import type { ServicePorts } from "../service-ports.ts";
import { speaksHttp2 } from "./app-protocols.ts";

/** What rules lead to. */
export type HttpBackend = ServiceBackend | BrokenBackend;

export interface ServiceBackend {
  readonly namespace: string;
  readonly service: string;
  /** By its number or its name. */
  readonly port: { readonly name?: string | undefined; readonly number?: number | undefined };
  /** Who says so, for messages: `Ingress shop/web`. */
  readonly by: string;
  /** It is of a route of gRPC: that is spoken over HTTP/2, whatever the port says. */
  readonly isHttp2?: boolean;
  readonly status?: never;
}

/** It leads nowhere, and every request for it is answered so. */
interface BrokenBackend {
  readonly status: number;
  readonly why: string;
  readonly by: string;
}

/** The endpoints, at least one, in no order; or why there is none. */
export type Upstream =
  | {
      readonly endpoints: readonly FoundEndpoint[];
      /** Whose they are; undefined outside of the cluster. */
      readonly of?: { readonly service: Service; readonly port: FoundPort };
      /** They speak HTTP/2, without TLS: the port says so; undefined where it says nothing of what it speaks. */
      readonly isHttp2?: boolean | undefined;
      readonly why?: never;
    }
  | { readonly endpoints?: never; readonly why: string; readonly status: number };

export function upstreamOf(backend: HttpBackend, services: Pick<ServicePorts, "of">): Upstream {
  if (backend.status !== undefined) return backend;
  const found = foundOf(backend, services);
  return backend.isHttp2 && found.endpoints ? { ...found, isHttp2: true } : found;
}

function foundOf(backend: ServiceBackend, services: Pick<ServicePorts, "of">): Upstream {
  const { namespace, service } = backend;
  const found = services.of(namespace, service);
  const what = `Service ${namespace}/${service}`;
  if (!found) return unready(`there is no ${what}`);
  const { name, number } = backend.port;
  const port = portOf(backend.port, found.service);
  // A Service that is a mere name need not list its ports.
  if (found.service.spec.type === "ExternalName") {
    const target = port?.port ?? number;
    return target === undefined
      ? unready(`${what} has no port ${name}`)
      : outside(found.service, target, services);
  }
  if (!port) return unready(`${what} has no port ${name ?? number}`);
  const foundPort = found.ports.find(each => each.name === port.name);
  return ready(found.service, foundPort) ?? unready(`nothing behind ${what} is ready`);
}

function ready(service: Service, port: FoundPort | undefined): Upstream | undefined {
  const { endpoints = [] } = port ?? {};
  if (!port || endpoints.length === 0) return undefined;
  const { appProtocol } = service.spec.ports?.find(each => (each.name ?? "") === port.name) ?? {};
  return { endpoints, of: { service, port }, isHttp2: speaksHttp2(appProtocol) };
}

/** The port of a Service that is meant. */
export function portOf(
  { name, number }: ServiceBackend["port"],
  { spec }: Service,
): { readonly name: string; readonly port: number } | undefined {
  const found = spec.ports?.find(each => (name ? each.name === name : each.port === number));
  return found && { name: found.name ?? "", port: found.port };
}

function unready(why: string): Upstream {
  return { status: 503, why };
}

/** A name of the cluster leads to a Service, as its DNS would have it; any other is looked up by the system. */
function outside(service: Service, port: number, services: Pick<ServicePorts, "of">): Upstream {
  let alias = service;
  for (let i = 0; i < mostAliases; i++) {
    const host = (alias.spec.externalName ?? "").replace(/\.$/, "");
    const [, name = "", namespace = ""] = /^([^.]+)\.([^.]+)\.svc(?:\.cluster\.local)?$/.exec(host) ?? [];
    if (name === "") return { endpoints: [{ address: host, port }] };
    const found = services.of(namespace, name);
    if (!found) return unready(`there is no Service ${namespace}/${name}`);
    if (found.service.spec.type !== "ExternalName") {
      const foundPort = found.ports.find(each => each.port === port);
      const why = `nothing behind port ${port} of Service ${namespace}/${name} is ready`;
      return ready(found.service, foundPort) ?? unready(why);
    }
    alias = found.service;
  }
  return unready(`Service ${service.metadata.namespace}/${service.metadata.name} leads from name to name`);
}
