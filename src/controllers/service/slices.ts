/**
 * How the list of a Service is cut into slices: at most a hundred endpoints each, all with the same ports. A pod stays in
 * the slice in which it is, so that a change rewrites as few as possible; new ones fill what has room before another
 * slice is made. A Service without endpoints keeps one empty slice.
 */
import {
  type Draft,
  type Endpoint,
  type EndpointPort,
  type EndpointSlice,
  isSame,
  ownedBy,
  type Service,
} from "../../resources/index.ts";
import { isSameEndpoint, type Listing } from "./listing.ts";

export interface SlicePlan {
  readonly create: readonly Draft<EndpointSlice>[];
  readonly update: readonly EndpointSlice[];
  readonly remove: readonly EndpointSlice[];
}

/** How many endpoints a slice holds, as in Kubernetes. */
const most = 100;

const managedBy = "endpointslice.kubernetes.io/managed-by";
const manager = "endpointslice-controller.k8s.io";

/** A slice to be: the one that it continues, if any, and what is in it. */
interface Box {
  readonly slice: EndpointSlice | undefined;
  readonly ports: readonly EndpointPort[];
  readonly endpoints: Endpoint[];
}

/** Decides which slices are to be there, and what has to be written for that. */
export function planSlices(
  service: Service,
  slices: readonly EndpointSlice[],
  listed: readonly Listing[],
): SlicePlan {
  const unplaced = new Map(listed.map(listing => [listing.uid, listing]));
  const kept = slices.map(slice => keep(slice, unplaced));
  const boxes: Box[] = kept.filter(({ endpoints }) => endpoints.length > 0);
  const spare = kept.filter(({ endpoints }) => endpoints.length === 0).map(({ slice }) => slice);
  const open = new Map<string, Box>();
  for (const { endpoint, ports } of unplaced.values()) {
    const key = JSON.stringify(ports);
    let box = open.get(key);
    if (!box || isFull(box)) {
      box = boxes.find(other => !isFull(other) && isSame(other.ports, ports));
      box ??= newBox(boxes, spare.shift(), ports);
      open.set(key, box);
    }
    box.endpoints.push(endpoint);
  }
  if (boxes.length === 0) newBox(boxes, spare.shift(), []);
  return {
    create: boxes.filter(({ slice }) => slice === undefined).map(box => draftOf(service, box)),
    update: boxes.flatMap(box => updateOf(service, box)),
    remove: spare,
  };
}

/** What stays in a slice: the pods that are still listed, with the same ports. They are taken out of `unplaced`. */
function keep(slice: EndpointSlice, unplaced: Map<string, Listing>): Box & { readonly slice: EndpointSlice } {
  const { endpoints = [], ports = [] } = slice;
  const kept: Endpoint[] = [];
  for (const before of endpoints) {
    const { uid = "" } = before.targetRef ?? {};
    const listing = unplaced.get(uid);
    if (!listing || !isSame(listing.ports, ports)) continue;
    unplaced.delete(uid);
    kept.push(isSameEndpoint(before, listing.endpoint) ? before : listing.endpoint);
  }
  return { slice, ports, endpoints: kept };
}

function newBox(boxes: Box[], slice: EndpointSlice | undefined, ports: readonly EndpointPort[]): Box {
  const box: Box = { slice, ports, endpoints: [] };
  boxes.push(box);
  return box;
}

function isFull({ endpoints }: Box): boolean {
  return endpoints.length >= most;
}

function draftOf(service: Service, { ports, endpoints }: Box): Draft<EndpointSlice> {
  const { name, namespace } = service.metadata;
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      generateName: `${name}-`,
      namespace,
      labels: labelsOf(service),
      ownerReferences: [ownedBy(service)],
    },
    addressType: "IPv4",
    ...contentOf(endpoints, ports),
  };
}

/** The slice as it is to be; nothing where it is so already. */
function updateOf(service: Service, { slice, ports, endpoints }: Box): EndpointSlice[] {
  if (!slice) return [];
  const labels = labelsOf(service);
  const before = slice.endpoints ?? [];
  const isUnchanged =
    before.length === endpoints.length &&
    endpoints.every((endpoint, index) => endpoint === before[index]) &&
    isSame(slice.ports ?? [], ports) &&
    isSame(slice.metadata.labels, labels);
  if (isUnchanged) return [];
  const { endpoints: _, ports: __, ...rest } = slice;
  return [{ ...rest, metadata: { ...slice.metadata, labels }, ...contentOf(endpoints, ports) }];
}

/** An empty slice has neither endpoints nor ports; Kubernetes writes null for both. */
function contentOf(endpoints: readonly Endpoint[], ports: readonly EndpointPort[]) {
  return endpoints.length > 0 ? { endpoints, ports } : {};
}

/** The Service's own labels, and those by which slices are found. */
function labelsOf({ metadata, spec }: Service): Readonly<Record<string, string>> {
  return {
    ...metadata.labels,
    [managedBy]: manager,
    "kubernetes.io/service-name": metadata.name,
    ...(spec.clusterIP === "None" && { "service.kubernetes.io/headless": "" }),
  };
}

/** Slices that others keep for the Service are left alone. */
export function isOurs({ metadata }: EndpointSlice): boolean {
  return metadata.labels?.[managedBy] === manager;
}
