/** What `kubectl get` shows of `resource.k8s.io`: devices that are claimed. */
import type { Column } from "../../definition/index.ts";
import type { ResourceClaim, ResourceSlice } from "../../generated/kubernetes.gen.ts";

export const resourceClaimColumns: readonly Column<ResourceClaim>[] = [
  {
    name: "State",
    cell({ metadata, status }) {
      const isDeleted = metadata.deletionTimestamp !== undefined;
      if (!status?.allocation) return isDeleted ? "deleted" : "pending";
      const isReserved = (status.reservedFor?.length ?? 0) > 0;
      return [isDeleted && "deleted", "allocated", isReserved && "reserved"].filter(Boolean).join(",");
    },
  },
];

export const resourceSliceColumns: readonly Column<ResourceSlice>[] = [
  { name: "Node", cell: ({ spec }) => spec.nodeName ?? "" },
  { name: "Driver", cell: ".spec.driver" },
  { name: "Pool", cell: ".spec.pool.name" },
];
