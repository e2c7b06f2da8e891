/**
 * An IPAddress for each address of a Service, as Kubernetes' allocator keeps them: called as the address, with the Service as its parent.
 * It comes with the Service and goes with it; what is deleted or wrong is mended. A cluster has them where it has a ServiceCIDR, which one
 * has that serves its API. They follow what Services say: which address is free is decided where a Service is written.
 */
import { type Controller, controller, keyOf, settled, type Waker, waker } from "../loop/index.ts";
import { allocatorLabels, type IPAddress, type Service } from "../resources/index.ts";
import { apiServerWriter } from "../store/index.ts";

const writer = apiServerWriter("ipallocator");

/** A changed or deleted address wakes the Service that it belongs to. */
const addressChanged = waker("IPAddress", function* ({ type, object }) {
  const service = type === "ADDED" ? undefined : serviceOf(object);
  if (service) yield keyOf("Service", service.namespace, service.name);
});

/** The first block wakes all Services: they were there before. */
const blockCame: Waker = {
  kind: "ServiceCIDR",
  *keys({ type }, reader) {
    if (type !== "ADDED") return;
    for (const { metadata } of reader.list("Service"))
      yield keyOf("Service", metadata.namespace, metadata.name);
  },
};

/** Makes those that are missing. */
export const serviceIpAddresses: Controller<"Service"> = controller({
  name: "ipallocator",
  writer,
  kind: "Service",
  wokenBy: [addressChanged, blockCame],
  async reconcile(service, world) {
    if (world.list("ServiceCIDR").length === 0) return settled;
    for (const address of addressesOf(service)) {
      const kept = world.get("IPAddress", "", address);
      if (kept && isOf(service, kept)) continue;
      // Of a Service that is gone: this one has its address already.
      if (kept && isOurs(kept)) await world.delete(kept);
      if (!kept || isOurs(kept)) await world.create<IPAddress>(addressFor(service, address));
    }
    return settled;
  },
});

/** A Service that goes, or gives an address back, wakes that. */
const serviceLeft = waker("Service", function* ({ type, object, previous }) {
  const now = type === "DELETED" ? [] : addressesOf(object);
  for (const address of new Set([...addressesOf(object), ...(previous ? addressesOf(previous) : [])]))
    if (!now.includes(address)) yield keyOf("IPAddress", "", address);
});

/** Takes away those that belong to no Service any more. What others have made is left alone. */
export const strayIpAddresses: Controller<"IPAddress"> = controller({
  name: "ipallocator-repair",
  writer,
  kind: "IPAddress",
  wokenBy: [serviceLeft],
  concerns: isOurs,
  async reconcile(kept, world) {
    const { namespace = "", name = "" } = serviceOf(kept) ?? {};
    const service = world.get("Service", namespace, name);
    if (!service || !addressesOf(service).includes(kept.metadata.name)) await world.delete(kept);
    return settled;
  },
});

function addressFor({ metadata: { namespace, name } }: Service, address: string) {
  return {
    apiVersion: "networking.k8s.io/v1" as const,
    kind: "IPAddress" as const,
    metadata: { name: address, labels: allocatorLabels },
    spec: {
      parentRef: { group: "", resource: "services", name, ...(namespace !== undefined && { namespace }) },
    },
  };
}

function addressesOf({ spec }: Service): readonly string[] {
  const { clusterIP = "", clusterIPs = [] } = spec;
  return [...new Set([clusterIP, ...clusterIPs])].filter(address => address !== "" && address !== "None");
}

function serviceOf({ spec }: IPAddress): { readonly namespace: string; readonly name: string } | undefined {
  const { group = "", resource, namespace = "", name } = spec?.parentRef ?? { name: "", resource: "" };
  return group === "" && resource === "services" ? { namespace, name } : undefined;
}

function isOf({ metadata }: Service, kept: IPAddress): boolean {
  const parent = serviceOf(kept);
  return parent?.name === metadata.name && parent.namespace === metadata.namespace;
}

function isOurs({ metadata: { labels } }: IPAddress): boolean {
  return labels?.[managedBy] === allocatorLabels[managedBy];
}

const managedBy = "ipaddress.kubernetes.io/managed-by";
