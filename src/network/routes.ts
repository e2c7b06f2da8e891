/**
 * Where a name leads: from the objects of the store to pods, and from pods to the threads that run them. All of it is
 * read anew each time, as reading costs little and nothing that is remembered can then be wrong.
 */
import type { TrafficPolicy } from "../messages/index.ts";
import { type Endpoint, isTerminating, type Service } from "../resources/index.ts";
import type { StoreReads } from "../store/index.ts";
import { type Reading, readings } from "./names.ts";
import { trafficPolicyOf } from "./traffic-policies.ts";
import { type ClientPlace, placeOf, withinReach } from "./within-reach.ts";

/** Where a name leads, as far as objects go. */
export interface Destination {
  /** The uids of the pods that may get a message. */
  readonly pods: readonly string[];
  /** The Service, whose HTTPRoutes apply. */
  readonly service?: Service;
  /** Of a Service: how one of them is chosen. */
  readonly traffic?: TrafficPolicy;
  /** One certain pod is meant. */
  readonly single: boolean;
  /** One certain container of it is meant; its first where left out. */
  readonly container?: string;
}

/** Where `target` leads for a sender in this namespace, at this place; undefined if there is nothing of that name. */
export function destinationOf(
  target: string,
  namespace: string,
  place: ClientPlace,
  store: StoreReads,
): Destination | undefined {
  for (const reading of readings(target, namespace)) {
    const destination = follow(reading, place, store);
    if (destination) return destination;
  }
  return undefined;
}

/** The objects on which the answer depends, as `namespace/name`: of services, pods and containers alike. */
export function dependsOn(target: string, namespace: string): string[] {
  return readings(target, namespace).flatMap(reading => [
    `${reading.namespace}/${reading.name}`,
    ...(reading.kind === "pod-of-service" ? [`${reading.namespace}/${reading.service}`] : []),
  ]);
}

function follow(reading: Reading, place: ClientPlace, store: StoreReads): Destination | undefined {
  const { namespace, name } = reading;
  switch (reading.kind) {
    case "service": {
      const service = store.get("Service", namespace, name);
      if (!service) return undefined;
      return { ...ofService(service, place, store), ...(!reading.isPlain && { service }) };
    }
    case "pod-of-service":
      if (!store.get("Service", namespace, reading.service)) return undefined;
      return ofPod(namespace, name, store);
    case "pod": {
      const { container } = reading;
      const destination = ofPod(namespace, name, store);
      return destination && container !== undefined ? { ...destination, container } : destination;
    }
  }
}

function ofService(service: Service, place: ClientPlace, store: StoreReads): Destination {
  const { namespace = "", name } = service.metadata;
  const slices = store.list("EndpointSlice", {
    namespace,
    matchLabels: { "kubernetes.io/service-name": name },
  });
  const ready = slices
    .flatMap(slice => slice.endpoints ?? [])
    .filter(({ conditions, targetRef }) => conditions?.ready !== false && isThere(targetRef?.uid, store));
  const near = withinReach(ready.map(placed), place, service.spec?.internalTrafficPolicy === "Local");
  return {
    pods: [...new Set(near.map(({ uid }) => uid))],
    traffic: trafficPolicyOf(service),
    single: false,
  };
}

/** A pod that is being stopped leaves at once; its slice is rewritten a little later. */
function isThere(uid: string | undefined, store: StoreReads): boolean {
  const pod = uid === undefined ? undefined : store.byUid(uid);
  return pod !== undefined && !isTerminating(pod);
}

function placed(endpoint: Endpoint) {
  return { ...placeOf(endpoint), uid: endpoint.targetRef?.uid ?? "" };
}

/** A container that runs no pod at the moment is there all the same: it has no endpoint, but it is no mistake to name it. */
function ofPod(namespace: string, name: string, store: StoreReads): Destination | undefined {
  const pod = store.get("Pod", namespace, name);
  if (!pod && !store.get("Container", namespace, name)) return undefined;
  return { pods: pod ? [pod.metadata.uid] : [], single: true };
}
