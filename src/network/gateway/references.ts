/**
 * Where the references of Gateway API lead. One into another namespace needs a ReferenceGrant there: who owns an object says who may use it.
 */
import { type BackendRef, gatewayGroup, type ReferenceGrant } from "../../resources/index.ts";
import type { StoreReads } from "../../store/index.ts";
import { portOf, type ServiceBackend } from "../http/index.ts";

export type References = Pick<StoreReads, "get" | "list">;

/** Who refers: objects of a kind of Gateway API, in a namespace. */
export interface Referrer {
  readonly kind: string;
  readonly namespace: string;
}

interface Target {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** A condition's reason, and why. */
export interface ReferenceFault {
  readonly reason: "InvalidKind" | "RefNotPermitted" | "BackendNotFound";
  readonly message: string;
}

export function isPermitted(from: Referrer, to: Target, store: References): boolean {
  if (from.namespace === to.namespace) return true;
  const grants = store.list("ReferenceGrant.gateway.networking.k8s.io", { namespace: to.namespace });
  return grants.some(grant => permits(grant, from, to));
}

function permits({ spec }: ReferenceGrant, from: Referrer, to: Target): boolean {
  return (
    spec.from.some(
      each => each.group === gatewayGroup && each.kind === from.kind && each.namespace === from.namespace,
    ) &&
    spec.to.some(
      each => each.group === to.group && each.kind === to.kind && (!each.name || each.name === to.name),
    )
  );
}

/**
 * The Service that a route sends requests to.
 * @param by who says so, for messages
 */
export function backendOf(
  { group = "", kind = "Service", name, namespace, port }: BackendRef,
  from: Referrer,
  by: string,
  store: References,
): ServiceBackend | ReferenceFault {
  const target = { group, kind, name, namespace: namespace ?? from.namespace };
  const what = `${kind} ${target.namespace}/${name}`;
  if (group !== "" || kind !== "Service")
    return { reason: "InvalidKind", message: `${what} is no Service, and only Services are served` };
  // Before it is looked for: who may not refer there does not learn whether it is there.
  if (!isPermitted(from, target, store))
    return {
      reason: "RefNotPermitted",
      message: `no ReferenceGrant in ${target.namespace} lets an ${from.kind} of ${from.namespace} refer to ${what}`,
    };
  const found = store.get("Service", target.namespace, name);
  if (!found) return { reason: "BackendNotFound", message: `there is no ${what}` };
  if (port === undefined) return { reason: "BackendNotFound", message: `the port of ${what} is not given` };
  if (found.spec.type !== "ExternalName" && !portOf({ number: port }, found))
    return { reason: "BackendNotFound", message: `${what} has no port ${port}` };
  return { namespace: target.namespace, service: name, port: { number: port }, by };
}
