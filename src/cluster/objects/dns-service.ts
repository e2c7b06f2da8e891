/**
 * The Service `kube-system/kube-dns`, behind which the cluster's DNS server stands while there is one, at the address that every pod's
 * /etc/resolv.conf names. It has no selector: its one endpoint is where the server listens on this machine.
 */
import { hasReason } from "../../errors/index.ts";
import type { Draft, EndpointSlice, Service } from "../../resources/index.ts";
import type { RegistryVerbs, Request } from "../../store/index.ts";
import { ensure } from "./first-objects.ts";

const name = "kube-dns";
const namespace = "kube-system";

/** Resolves when the Service leads to the server; what it resolves to takes the Service away. */
export async function keepDnsService(
  served: { readonly host: string; readonly port: number },
  registry: Pick<RegistryVerbs, "create" | "update" | "delete">,
  request: Request,
): Promise<() => Promise<void>> {
  const [service, slice] = objects(served);
  try {
    await ensure(service, registry, request);
  } catch (error) {
    // Another Service has been given the address: it is found by its name.
    if (!hasReason(error, "Invalid")) throw error;
    const { clusterIP: _, ...spec } = service.spec as Service["spec"];
    await ensure({ ...service, spec } as Draft, registry, request);
  }
  try {
    await registry.create(slice, request);
  } catch (error) {
    // Of a cluster that was there before: the server is elsewhere by now.
    if (!hasReason(error, "AlreadyExists")) throw error;
    await registry.update(slice, request);
  }
  return async () => {
    for (const kind of ["EndpointSlice", "Service"] as const) {
      try {
        await registry.delete(kind, namespace, name, request);
      } catch (error) {
        if (!hasReason(error, "NotFound")) throw error;
      }
    }
  };
}

/** @param served where the DNS server listens */
function objects({
  host,
  port,
}: {
  readonly host: string;
  readonly port: number;
}): readonly [Service: Draft, EndpointSlice: Draft] {
  const ports = [
    { name: "dns", protocol: "UDP" as const },
    { name: "dns-tcp", protocol: "TCP" as const },
  ];
  const labels = {
    "k8s-app": name,
    "kubernetes.io/cluster-service": "true",
    "kubernetes.io/name": "CoreDNS",
  };
  const service: Draft<Service> = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace, labels },
    spec: {
      clusterIP: "10.96.0.10",
      ports: ports.map(each => ({ ...each, port: 53, targetPort: port })),
    },
  };
  const slice: Draft<EndpointSlice> = {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name, namespace, labels: { "kubernetes.io/service-name": name } },
    addressType: "IPv4",
    endpoints: [{ addresses: [host === "0.0.0.0" ? "127.0.0.1" : host], conditions: { ready: true } }],
    ports: ports.map(each => ({ ...each, port })),
  };
  return [service, slice];
}
