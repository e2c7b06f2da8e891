/**
 * ServiceAccount: a pod that names no account runs as `default`; the account must be there, and a pod that names no
 * imagePullSecrets has those of its account. Each namespace is made with the account `default` (resources/kinds/namespace.ts).
 *
 * No token is mounted, whatever `automountServiceAccountToken` says: no volumes are mounted and no tokens given out yet, and
 * the volume's random name would give each of ten thousand pods a spec of its own.
 */
import type { ServiceAccount } from "../resources/index.ts";
import { forbidden } from "../store/index.ts";
import { changingSpecs, podPlugin } from "./pod-spec.ts";

const withAccount = changingSpecs<ServiceAccount>((spec, { metadata: { name }, imagePullSecrets }) => {
  const lacksSecrets = !spec.imagePullSecrets?.length && imagePullSecrets?.length;
  if (spec.serviceAccountName === name && spec.serviceAccount === name && !lacksSecrets) return spec;
  // The older name of the field: both are always there.
  const named = { ...spec, serviceAccountName: name, serviceAccount: name };
  return lacksSecrets ? { ...named, imagePullSecrets } : named;
});

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
