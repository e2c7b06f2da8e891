/**
 * The names of the built-in kinds, and the type that each stands for: `store.get("Pod", …)` is a Pod to the compiler.
 */

import type { KubernetesKinds } from "./generated/kubernetes.gen.ts";
import type {
  Container,
  Gateway,
  GatewayClass,
  GrpcRoute,
  HttpRoute,
  NodeMetrics,
  PodMetrics,
  ReferenceGrant,
  VolumeSnapshot,
  VolumeSnapshotClass,
  VolumeSnapshotContent,
} from "./kinds/index.ts";
import type { KubernetesObject } from "./object.ts";

/** The kinds that are built in, by the name that the store, controllers and `cluster.get` know them by. */
export interface Kinds extends KubernetesKinds {
  Container: Container;
  NodeMetrics: NodeMetrics;
  PodMetrics: PodMetrics;
  "VolumeSnapshot.snapshot.storage.k8s.io": VolumeSnapshot;
  "VolumeSnapshotClass.snapshot.storage.k8s.io": VolumeSnapshotClass;
  "VolumeSnapshotContent.snapshot.storage.k8s.io": VolumeSnapshotContent;
  "Gateway.gateway.networking.k8s.io": Gateway;
  "GatewayClass.gateway.networking.k8s.io": GatewayClass;
  "GRPCRoute.gateway.networking.k8s.io": GrpcRoute;
  "HTTPRoute.gateway.networking.k8s.io": HttpRoute;
  "ReferenceGrant.gateway.networking.k8s.io": ReferenceGrant;
}

/** A kind's name: `Pod`; `Widget.example.com` for one that is not built in. */
export type KindName = keyof Kinds | (string & {});

export type ObjectOf<K extends KindName> = K extends keyof Kinds ? Kinds[K] : KubernetesObject;
