/**
 * NodeMetrics and PodMetrics (metrics.k8s.io/v1beta1): what nodes and pods use, for `kubectl top` and autoscalers. They are kept
 * nowhere: they are measured when they are asked for (node/usage-meter.ts). Facts of metrics-server, which serves them elsewhere.
 */
import { builtInKind, type Column, type KindDefinition, nameColumn } from "../definition/index.ts";
import type { KubernetesObject } from "../object.ts";
import { formatQuantity, parseQuantity, type Quantity } from "../quantity.ts";
import { definition, type Schema } from "../schema/index.ts";

/** Amounts as quantities: processors in nanocores (`1200000n`), memory in kibibytes (`5120Ki`). */
export interface ResourceUsage {
  readonly cpu: string;
  readonly memory: string;
}

interface Measured extends KubernetesObject {
  /** When it was measured: the end of the window. */
  readonly timestamp: string;
  /** The time over which the use of the processor was measured, as a duration: `15.2s`. */
  readonly window: string;
}

export interface NodeMetrics extends Measured {
  readonly usage: ResourceUsage;
}

export interface PodMetrics extends Measured {
  readonly containers: readonly { readonly name: string; readonly usage: ResourceUsage }[];
}

export const usageApiVersion = "metrics.k8s.io/v1beta1";

const text: Schema = { type: "string" };
const usage: Schema = { type: "object", additionalProperties: { format: "quantity" } };

function measured(name: string, of: Schema): Schema {
  const own = { apiVersion: text, kind: text, metadata: definition("ObjectMeta") };
  const common = { timestamp: { type: "string", format: "date-time" }, window: text } as const;
  const properties = Object.assign(Object.create(null), { ...own, ...common, [name]: of });
  return Object.freeze({ type: "object", properties, required: ["timestamp", "window", name] });
}

const containers: Schema = {
  type: "array",
  listType: "map",
  listMapKeys: ["name"],
  items: { type: "object", properties: { name: text, usage }, required: ["name", "usage"] },
};

function columns<T extends Measured>(usageOf: (object: T) => ResourceUsage): Column<T>[] {
  return [
    nameColumn,
    { name: "cpu", format: "quantity", cell: object => usageOf(object).cpu },
    { name: "memory", format: "quantity", cell: object => usageOf(object).memory },
    { name: "Window", format: "duration", cell: ({ window }) => window },
  ];
}

/** All containers together. */
function sumOf({ containers: all }: PodMetrics): ResourceUsage {
  const total = (of: keyof ResourceUsage, form: Quantity["form"]) => {
    const amounts = all.map(({ usage }) => parseQuantity(usage[of]).billionths);
    return formatQuantity({ billionths: amounts.reduce((sum, each) => sum + each, 0n), form });
  };
  return { cpu: total("cpu", "decimal"), memory: total("memory", "binary") };
}

const shared = { group: "metrics.k8s.io", version: "v1beta1", verbs: ["get", "list"] } as const;

/** The paths are those of nodes and pods, in their own group. */
export const usageKinds: readonly KindDefinition[] = [
  builtInKind<NodeMetrics>({
    ...shared,
    kind: "NodeMetrics",
    plural: "nodes",
    singular: "node",
    scope: "Cluster",
    schema: () => measured("usage", usage),
    columns: columns(object => object.usage),
  }) as KindDefinition,
  builtInKind<PodMetrics>({
    ...shared,
    kind: "PodMetrics",
    plural: "pods",
    singular: "pod",
    scope: "Namespaced",
    schema: () => measured("containers", containers),
    columns: columns(sumOf),
  }) as KindDefinition,
];
