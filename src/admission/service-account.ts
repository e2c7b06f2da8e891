/**
 * ServiceAccount: a pod that names no account runs as `default`; the account must be there, a pod that names no
 * imagePullSecrets has those of its account, and its containers find a token of it (token-volume.ts). Each namespace is made
 * with the account `default` (resources/kinds/namespace.ts).
 */
import type { PodSpec, ServiceAccount } from "../resources/index.ts";
import { forbidden } from "../store/index.ts";
import { changingSpecs, podPlugin } from "./pod-spec.ts";
import { withTokenVolume } from "./token-volume.ts";

const withAccount = changingSpecs<ServiceAccount>((spec, account) =>
  withTokenVolume(named(spec, account), account),
);

function named(spec: PodSpec, { metadata: { name }, imagePullSecrets }: ServiceAccount): PodSpec {
  const lacksSecrets = !spec.imagePullSecrets?.length && imagePullSecrets?.length;
  if (spec.serviceAccountName === name && spec.serviceAccount === name && !lacksSecrets) return spec;
  // The older name of the field: both are always there.
  const withName = { ...spec, serviceAccountName: name, serviceAccount: name };
  return lacksSecrets ? { ...withName, imagePullSecrets } : withName;
}

/** A pod that a node runs on its own account, and only shows to the cluster. */
const mirror = "kubernetes.io/config.mirror";

export const serviceAccount = podPlugin({
  name: "ServiceAccount",
  on: [{ operations: ["CREATE"], kinds: ["Pod"] }],
  mutate(pod, { kind, namespace, name }, reader) {
    if (pod.metadata.annotations?.[mirror] !== undefined) return pod;
    const wanted = pod.spec.serviceAccountName || pod.spec.serviceAccount || "default";
    const account = reader.get("ServiceAccount", namespace, wanted);
    if (account) return withAccount(pod, account);
    const why = `serviceaccount ${JSON.stringify(wanted)} not found`;
    throw forbidden(kind, name, `error looking up service account ${namespace}/${wanted}: ${why}`);
  },
});
