/**
 * What `kubectl get` shows of the kinds with which the control plane itself is run: leases, priorities, API services, flow
 * control.
 */
import type { Column, RowRules } from "../../definition/index.ts";
import type {
  APIService,
  FlowSchema,
  Lease,
  PriorityClass,
  PriorityLevelConfiguration,
} from "../../generated/kubernetes.gen.ts";
import { ageColumn, nameColumn } from "./cells.ts";

export const leaseColumns: readonly Column<Lease>[] = [
  { name: "Holder", cell: ({ spec }) => spec?.holderIdentity ?? "" },
];

export const priorityClassColumns: readonly Column<PriorityClass>[] = [
  nameColumn,
  { name: "Value", type: "integer", cell: ({ value }) => value },
  { name: "Global-Default", type: "boolean", cell: ({ globalDefault }) => globalDefault ?? false },
  ageColumn,
  { name: "PreemptionPolicy", cell: ({ preemptionPolicy }) => preemptionPolicy ?? "" },
];

export const apiServiceColumns: readonly Column<APIService>[] = [
  {
    name: "Service",
    cell: ({ spec }) => (spec?.service ? `${spec.service.namespace}/${spec.service.name}` : "Local"),
  },
  {
    name: "Available",
    cell({ status }) {
      const available = status?.conditions?.find(({ type }) => type === "Available");
      if (!available) return "Unknown";
      return available.status === "True" ? "True" : `${available.status} (${available.reason ?? ""})`;
    },
  },
];

export const flowSchemaColumns: readonly Column<FlowSchema>[] = [
  nameColumn,
  { name: "PriorityLevel", cell: ({ spec }) => spec?.priorityLevelConfiguration.name ?? "" },
  { name: "MatchingPrecedence", cell: ({ spec }) => spec?.matchingPrecedence ?? 0 },
  { name: "DistinguisherMethod", cell: ({ spec }) => spec?.distinguisherMethod?.type ?? "<none>" },
  ageColumn,
  {
    name: "MissingPL",
    cell: ({ status }) => status?.conditions?.find(({ type }) => type === "Dangling")?.status ?? "?",
  },
];

/** The one that is asked first comes first. */
export const flowSchemaRows: RowRules<FlowSchema> = {
  compare: (a, b) =>
    (a.spec?.matchingPrecedence ?? 0) - (b.spec?.matchingPrecedence ?? 0) ||
    (a.metadata.name < b.metadata.name ? -1 : 1),
};

export const priorityLevelColumns: readonly Column<PriorityLevelConfiguration>[] = [
  { name: "Type", cell: ({ spec }) => spec?.type ?? "" },
  {
    name: "NominalConcurrencyShares",
    cell: ({ spec }) => spec?.limited?.nominalConcurrencyShares ?? "<none>",
  },
  ...(["queues", "handSize", "queueLengthLimit"] as const).map(field => ({
    name: { queues: "Queues", handSize: "HandSize", queueLengthLimit: "QueueLengthLimit" }[field],
    cell: ({ spec }: PriorityLevelConfiguration) =>
      spec?.limited?.limitResponse?.queuing?.[field] ?? "<none>",
  })),
];
