/** The lease of a leader election as an object of the cluster: `kubectl get lease -n kube-system`. */
import type { Lease } from "../resources/index.ts";
import type { RegistryVerbs, Writer } from "../store/index.ts";
import type { LeaseLock } from "./leader-election.ts";

const namespace = "kube-system";

export function leaseLock(
  registry: Pick<RegistryVerbs, "store" | "create" | "update">,
  name: string,
  writer: Writer,
): LeaseLock {
  const renewing = { author: writer, isChecked: true };
  const claiming = { author: { ...writer, claims: name }, isChecked: true };
  return {
    read: async () => registry.store.get("Lease", namespace, name),
    create: async spec => {
      const apiVersion = "coordination.k8s.io/v1";
      const draft = { apiVersion, kind: "Lease", metadata: { name, namespace }, spec } as const;
      return (await registry.create<Lease>(draft, claiming)).object;
    },
    update: async (lease, spec, claims) =>
      (await registry.update<Lease>({ ...lease, spec }, claims ? claiming : renewing)).object,
  };
}
