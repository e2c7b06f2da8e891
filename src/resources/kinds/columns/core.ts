/** What `kubectl get` shows of the kinds of the core group that are no workloads: configuration, endpoints, quotas. */
import type { Column } from "../../definition/index.ts";
import type {
  ComponentStatus,
  ConfigMap,
  Endpoints,
  ResourceQuota,
  Secret,
} from "../../generated/kubernetes.gen.ts";
import { nameColumn, someOf } from "./cells.ts";

export const configMapColumns: readonly Column<ConfigMap>[] = [
  {
    name: "Data",
    cell: ({ data = {}, binaryData = {} }) => Object.keys(data).length + Object.keys(binaryData).length,
  },
];

export const secretColumns: readonly Column<Secret>[] = [
  { name: "Type", cell: ({ type }) => type ?? "" },
  { name: "Data", cell: ({ data = {} }) => Object.keys(data).length },
];

export const componentStatusColumns: readonly Column<ComponentStatus>[] = [
  nameColumn,
  ...(["status", "message", "error"] as const).map(field => ({
    name: `${field.charAt(0).toUpperCase()}${field.slice(1)}`,
    cell: ({ conditions = [] }: ComponentStatus) => {
      const healthy = conditions.find(({ type }) => type === "Healthy");
      if (field !== "status") return healthy?.[field] ?? "";
      if (!healthy) return "Unknown";
      return healthy.status === "True" ? "Healthy" : "Unhealthy";
    },
  })),
];

export const endpointsColumns: readonly Column<Endpoints>[] = [
  {
    name: "Endpoints",
    cell({ subsets = [] }) {
      const all = subsets.flatMap(({ addresses = [], ports = [] }) =>
        ports.length === 0
          ? addresses.map(({ ip }) => ip)
          : ports.flatMap(({ port }) =>
              addresses.map(({ ip }) => `${ip.includes(":") ? `[${ip}]` : ip}:${port}`),
            ),
      );
      return subsets.length === 0 ? "<none>" : someOf(all);
    },
  },
];

export const resourceQuotaColumns: readonly Column<ResourceQuota>[] = [
  { name: "Request", cell: ({ status }) => quotaText(status, name => !name.startsWith("limits.")) },
  { name: "Limit", cell: ({ status }) => quotaText(status, name => name.startsWith("limits.")) },
];

function quotaText(
  { hard = {}, used = {} }: NonNullable<ResourceQuota["status"]> = {},
  shows: (name: string) => boolean,
): string {
  const names = Object.keys(hard).filter(shows).sort();
  return names.map(name => `${name}: ${used[name] ?? "0"}/${hard[name]}`).join(", ");
}
