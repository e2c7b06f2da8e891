/**
 * Which endpoints of a Service a client may be led to by where it is, as kube-proxy decides it on each node: `internalTrafficPolicy: Local`
 * and the hints that follow from `trafficDistribution`. The same for messages and connections; what comes in from
 * outside is on no node.
 */

import type { Endpoint } from "../resources/index.ts";
import type { StoreReads } from "../store/index.ts";

/** Where a client is: nothing where it is on no node. */
export interface ClientPlace {
  readonly node?: string | undefined;
  readonly zone?: string | undefined;
}

/** What is known of where an endpoint is, and for whom it is. */
export interface EndpointPlace {
  readonly node?: string;
  readonly forNodes?: readonly string[];
  readonly forZones?: readonly string[];
}

/** Where a pod is; nothing of what is no pod. */
export function placeOfPod(uid: string | undefined, store: Pick<StoreReads, "byUid" | "get">): ClientPlace {
  const pod = uid === undefined ? undefined : store.byUid(uid);
  const { nodeName: node } = (pod?.spec ?? {}) as { readonly nodeName?: string };
  if (node === undefined) return {};
  return { node, zone: zoneOf(store.get("Node", "", node)?.metadata.labels) };
}

function zoneOf(labels: Readonly<Record<string, string>> = {}): string | undefined {
  return labels["topology.kubernetes.io/zone"];
}

export function placeOf({ nodeName, hints }: Endpoint): EndpointPlace {
  const forNodes = hints?.forNodes?.map(({ name }) => name);
  const forZones = hints?.forZones?.map(({ name }) => name);
  return {
    ...(nodeName && { node: nodeName }),
    ...(forNodes && { forNodes }),
    ...(forZones && { forZones }),
  };
}

export function withinReach<E extends EndpointPlace>(
  endpoints: readonly E[],
  { node, zone }: ClientPlace,
  isLocal: boolean,
): readonly E[] {
  if (node === undefined) return endpoints;
  if (isLocal) return endpoints.filter(endpoint => endpoint.node === node);
  return hinted(endpoints, "forNodes", node) ?? hinted(endpoints, "forZones", zone) ?? endpoints;
}

/** Undefined where hints are to be ignored: not every endpoint has one, or none is for this place. */
function hinted<E extends EndpointPlace>(
  endpoints: readonly E[],
  hint: "forNodes" | "forZones",
  place: string | undefined,
): readonly E[] | undefined {
  if (place === undefined || endpoints.some(endpoint => !endpoint[hint]?.length)) return undefined;
  const here = endpoints.filter(endpoint => endpoint[hint]?.includes(place));
  return here.length > 0 ? here : undefined;
}
