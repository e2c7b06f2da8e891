/** DefaultStorageClass: a claim that names no class gets the one that is marked as the default, if there is one. */
import type { KubernetesObject, PersistentVolumeClaim } from "../resources/index.ts";
import { pluginFor } from "./plugin.ts";

const marks = [
  "storageclass.kubernetes.io/is-default-class",
  "storageclass.beta.kubernetes.io/is-default-class",
];

export const defaultStorageClass = pluginFor<PersistentVolumeClaim>({
  name: "DefaultStorageClass",
  on: [{ operations: ["CREATE"], kinds: ["PersistentVolumeClaim"] }],
  mutate(claim, _, reader) {
    // "" is an answer: no class.
    if (claim.spec?.storageClassName !== undefined) return claim;
    const isDefault = ({ metadata }: KubernetesObject) =>
      marks.some(mark => metadata.annotations?.[mark] === "true");
    const [found] = reader.list("StorageClass").filter(isDefault).sort(byAge);
    return found ? { ...claim, spec: { ...claim.spec, storageClassName: found.metadata.name } } : claim;
  },
});

/** The newest first; of those made in the same second, by name. */
function byAge({ metadata: one }: KubernetesObject, { metadata: other }: KubernetesObject): number {
  if (one.creationTimestamp !== other.creationTimestamp)
    return one.creationTimestamp > other.creationTimestamp ? -1 : 1;
  return one.name < other.name ? -1 : 1;
}
