/**
 * The flow schemas and priority levels of a fresh Kubernetes 1.35 (`k8s.io/apiserver/pkg/apis/flowcontrol/bootstrap`), as a cluster that
 * serves has them. They can be read and changed; requests here are not queued by them, for each is answered in its turn.
 */
import type { Draft, FlowSchema, FlowSchemaSpec, PriorityLevelConfiguration } from "../../resources/index.ts";

/** Limited: shares, per cent of them that others may borrow, and the number of queues; without queues what is too much is refused. */
const levels: Readonly<
  Record<string, readonly [shares: number, lendable: number, queues?: number, hand?: number]>
> = {
  "catch-all": [5, 0],
  "global-default": [20, 50, 128, 6],
  "leader-election": [10, 0, 16, 4],
  "node-high": [40, 25, 64, 6],
  system: [30, 33, 64, 6],
  "workload-high": [40, 50, 128, 6],
  "workload-low": [100, 90, 128, 6],
};

type Rules = NonNullable<FlowSchemaSpec["rules"]>[number];
type Subjects = Rules["subjects"];

const groups = (...names: string[]): Subjects => names.map(name => ({ kind: "Group", group: { name } }));
const users = (...names: string[]): Subjects => names.map(name => ({ kind: "User", user: { name } }));
const accounts = (...names: string[]): Subjects =>
  names.map(name => ({ kind: "ServiceAccount", serviceAccount: { name, namespace: "kube-system" } }));
const everybody = groups("system:unauthenticated", "system:authenticated");

const any = ["*"];
const everything = {
  resourceRules: [{ verbs: any, apiGroups: any, resources: any, clusterScope: true, namespaces: any }],
  nonResourceRules: [{ verbs: any, nonResourceURLs: any }],
};
const leases = (verbs: readonly string[]) => ({
  verbs,
  apiGroups: ["coordination.k8s.io"],
  resources: ["leases"],
  namespaces: any,
});
const kept = ["get", "create", "update"];
const electing = { resourceRules: [leases(kept)] };

type Row = readonly [
  level: string,
  precedence: number,
  by: "ByUser" | "ByNamespace" | undefined,
  rules: Rules,
];

const schemas: Readonly<Record<string, Row>> = {
  exempt: ["exempt", 1, undefined, { subjects: groups("system:masters"), ...everything }],
  probes: [
    ...(["exempt", 2, undefined] as const),
    {
      subjects: everybody,
      nonResourceRules: [{ verbs: ["get"], nonResourceURLs: ["/healthz", "/readyz", "/livez"] }],
    },
  ],
  "system-leader-election": [
    ...(["leader-election", 100, "ByUser"] as const),
    {
      subjects: [...users("system:kube-controller-manager", "system:kube-scheduler"), ...accounts("*")],
      ...electing,
    },
  ],
  "system-node-high": [
    ...(["node-high", 400, "ByUser"] as const),
    {
      subjects: groups("system:nodes"),
      resourceRules: [
        {
          verbs: any,
          apiGroups: [""],
          resources: ["nodes", "nodes/status"],
          clusterScope: true,
          namespaces: any,
        },
        leases(any),
      ],
    },
  ],
  "system-nodes": ["system", 500, "ByUser", { subjects: groups("system:nodes"), ...everything }],
  "kube-controller-manager": [
    ...(["workload-high", 800, "ByNamespace"] as const),
    { subjects: users("system:kube-controller-manager"), ...everything },
  ],
  "kube-scheduler": [
    ...(["workload-high", 800, "ByNamespace"] as const),
    { subjects: users("system:kube-scheduler"), ...everything },
  ],
  "kube-system-service-accounts": [
    ...(["workload-high", 900, "ByNamespace"] as const),
    { subjects: accounts("*"), ...everything },
  ],
  "service-accounts": [
    ...(["workload-low", 9_000, "ByUser"] as const),
    { subjects: groups("system:serviceaccounts"), ...everything },
  ],
  "global-default": ["global-default", 9_900, "ByUser", { subjects: everybody, ...everything }],
  "catch-all": ["catch-all", 10_000, "ByUser", { subjects: everybody, ...everything }],
};

/** The levels first: a schema names one. */
export function flowControlObjects(): Draft[] {
  return [
    priorityLevel("exempt", {
      type: "Exempt",
      exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 },
    }) as Draft,
    ...Object.entries(levels).map(([name, [nominalConcurrencyShares, lendablePercent, queues, handSize]]) => {
      const queuing = { queues, handSize, queueLengthLimit: 50 };
      const limitResponse = queues ? { type: "Queue", queuing } : { type: "Reject" };
      const limited = { nominalConcurrencyShares, lendablePercent, limitResponse };
      return priorityLevel(name, { type: "Limited", limited }) as Draft;
    }),
    ...Object.entries(schemas).map(row => flowSchema(...row) as Draft),
  ];
}

const apiVersion = "flowcontrol.apiserver.k8s.io/v1" as const;
const annotations = { "apf.kubernetes.io/autoupdate-spec": "true" };

function priorityLevel(
  name: string,
  spec: PriorityLevelConfiguration["spec"],
): Draft<PriorityLevelConfiguration> {
  return { apiVersion, kind: "PriorityLevelConfiguration", metadata: { name, annotations }, spec };
}

function flowSchema(name: string, [level, matchingPrecedence, by, rules]: Row): Draft<FlowSchema> {
  const spec = {
    priorityLevelConfiguration: { name: level },
    matchingPrecedence,
    ...(by && { distinguisherMethod: { type: by } }),
    rules: [rules],
  };
  return { apiVersion, kind: "FlowSchema", metadata: { name, annotations }, spec };
}
