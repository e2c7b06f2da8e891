/**
 * EndpointSlice mirroring: who keeps the Endpoints of a Service without a selector by hand, or by a program of the time before
 * EndpointSlices, has them as slices too, which is what is read of them: one for each set of ports and family of addresses.
 * The slices belong to the Endpoints and go with them. Endpoints labelled `endpointslice.kubernetes.io/skip-mirror: "true"`,
 * and those by which programs elect a leader, are left alone.
 */
import { controller, keyOf, namesake, settled, type Waker } from "../loop/index.ts";
import {
  type Draft,
  type Endpoint,
  type EndpointAddress,
  type EndpointSlice,
  type Endpoints,
  isSame,
  isTerminating,
  ownedBy,
} from "../resources/index.ts";

const managedBy = "endpointslice.kubernetes.io/managed-by";
const manager = "endpointslicemirroring-controller.k8s.io";
const serviceName = "kubernetes.io/service-name";

/** As many addresses of a set of ports are mirrored. */
const most = 1_000;

/** Said of the Endpoints alone. */
const notPassedOn = [
  "endpoints.kubernetes.io/last-change-trigger-time",
  "kubectl.kubernetes.io/last-applied-configuration",
];

/** A slice of ours that another changed or deleted wakes what it was made of. */
const mirrors: Waker = {
  kind: "EndpointSlice",
  *keys({ object: { metadata } }) {
    const name = metadata.labels?.[serviceName];
    if (name !== undefined && metadata.labels?.[managedBy] === manager)
      yield keyOf("Endpoints", metadata.namespace, name);
  },
};

export const endpointSliceMirroring = controller({
  name: "endpointslicemirroring-controller",
  kind: "Endpoints",
  wokenBy: [namesake("Service", "Endpoints"), mirrors],
  async reconcile(endpoints, world) {
    const { namespace = "", name } = endpoints.metadata;
    const service = world.get("Service", namespace, name);
    const isMirrored = service && !service.spec.selector && !isTerminating(endpoints) && mayMirror(endpoints);
    const left = new Set(
      world
        .ownedBy(endpoints, "EndpointSlice")
        .filter(({ metadata }) => metadata.labels?.[managedBy] === manager),
    );
    for (const wanted of isMirrored ? slicesOf(endpoints) : []) {
      const found = [...left].find(
        slice => slice.addressType === wanted.addressType && isSame(slice.ports, wanted.ports),
      );
      if (found) left.delete(found);
      if (!found) await world.create(wanted);
      else if (!isAsWanted(found, wanted)) {
        const { labels, annotations } = wanted.metadata;
        await world.update({ ...found, ...wanted, metadata: { ...found.metadata, labels, annotations } });
      }
    }
    for (const slice of left) await world.delete(slice);
    return settled;
  },
});

function mayMirror({ metadata: { labels, annotations } }: Endpoints): boolean {
  const isSkipped = labels?.["endpointslice.kubernetes.io/skip-mirror"] === "true";
  return !isSkipped && annotations?.["control-plane.alpha.kubernetes.io/leader"] === undefined;
}

function isAsWanted(found: EndpointSlice, wanted: Draft<EndpointSlice>): boolean {
  return (
    isSame(found.endpoints, wanted.endpoints) &&
    isSame(found.metadata.labels, wanted.metadata.labels) &&
    isSame(found.metadata.annotations ?? {}, wanted.metadata.annotations ?? {})
  );
}

function slicesOf(endpoints: Endpoints): Draft<EndpointSlice>[] {
  const slices = new Map<string, Draft<EndpointSlice>>();
  for (const { addresses = [], notReadyAddresses = [], ports = [] } of endpoints.subsets ?? []) {
    const listed = [
      ...addresses.map(address => endpointOf(address, true)),
      ...notReadyAddresses.map(address => endpointOf(address, false)),
    ].slice(0, most);
    const named = ports.map(({ name = "", ...port }) => ({ name, ...port }));
    for (const endpoint of listed) {
      const addressType = endpoint.addresses[0]?.includes(":") ? "IPv6" : "IPv4";
      const key = JSON.stringify([addressType, named]);
      const slice = slices.get(key) ?? { ...emptySlice(endpoints), addressType, ports: named, endpoints: [] };
      slices.set(key, { ...slice, endpoints: [...(slice.endpoints ?? []), endpoint] });
    }
  }
  return [...slices.values()];
}

function endpointOf({ ip, hostname, nodeName, targetRef }: EndpointAddress, ready: boolean): Endpoint {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(targetRef && { targetRef }),
    ...(nodeName && { nodeName }),
    ...(hostname && { hostname }),
  };
}

function emptySlice(endpoints: Endpoints) {
  const { name, namespace, labels, annotations = {} } = endpoints.metadata;
  const passedOn = Object.entries(annotations).filter(([key]) => !notPassedOn.includes(key));
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      generateName: `${name}-`,
      namespace,
      labels: { ...labels, [serviceName]: name, [managedBy]: manager },
      ...(passedOn.length > 0 && { annotations: Object.fromEntries(passedOn) }),
      ownerReferences: [ownedBy(endpoints)],
    },
  } as const;
}
