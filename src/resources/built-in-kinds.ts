/** The kinds that every cluster knows from its start. */
import type { KindDefinition } from "./kind.ts";
import { container } from "./kinds/container-kind.ts";
import { endpointslice } from "./kinds/endpointslice.ts";
import { event } from "./kinds/event.ts";
import { namespace } from "./kinds/namespace.ts";
import { node } from "./kinds/node.ts";
import { pod } from "./kinds/pod.ts";
import { replicaset } from "./kinds/replicaset.ts";
import { runtimeclass } from "./kinds/runtimeclass.ts";
import { service } from "./kinds/service.ts";

// The rules of a kind are only ever given objects of that kind.
export const builtInKinds = [
  container,
  endpointslice,
  event,
  namespace,
  node,
  pod,
  replicaset,
  runtimeclass,
  service,
] as readonly unknown[] as readonly KindDefinition[];
