/** What `kubectl get` shows of `resource.k8s.io`: devices that are claimed. */
import type { Column } from "../../definition/index.ts";
import type { ResourceClaim, ResourceSlice } from "../../generated/kubernetes.gen.ts";

export const resourceClaimColumns: readonly Column<ResourceClaim>[] = [
  {
    name: "State",
    cell({ metadata, status }) {
      const states = [];
      if (metadata.deletionTimestamp) states.push("deleted");
      if (status?.allocation) states.push("allocated");
      if (status?.reservedFor?.length) states.push("reserved");
      return status?.allocation ? states.join(",") : [...states, "pending"].join(",");
    },
  },
];

export const resourceSliceColumns: readonly Column<ResourceSlice>[] = [
  { name: "Node", cell: ({ spec }) => spec.nodeName ?? (spec.allNodes ? "<all>" : "") },
  { name: "Driver", cell: ".spec.driver" },
  { name: "Pool", cell: ".spec.pool.name" },
];
