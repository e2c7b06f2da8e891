/** A pod is taken out of the API when nothing of it runs any more, whoever deletes it: a node that is not heard of may run it still. */
import type { MakeInvariant } from "../invariant.ts";

export const gonePodRunsNowhere: MakeInvariant = () => ({
  name: "a pod that is gone runs nowhere",
  written({ type, key, actor, revision }, { containers }) {
    if (key.kind !== "Pod" || type !== "DELETED") return undefined;
    const place = containers
      .all()
      .find(({ namespace, pod }) => namespace === key.namespace && pod === key.name);
    return (
      place && `${key.namespace}/${key.name} is gone at ${revision} by ${actor}, and runs on ${place.node}`
    );
  },
});
