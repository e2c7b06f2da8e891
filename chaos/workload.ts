/** What runs on the nodes of a trial, and whether it does: who asks (one on each node), who answers, and a StatefulSet. */
import type { Client } from "./client.ts";

const apps = "/apis/apps/v1/namespaces/default";
/** Whoever is on a node that is lost is moved soon. */
const tolerations = ["not-ready", "unreachable"].map(what => ({
  key: `node.kubernetes.io/${what}`,
  operator: "Exists",
  effect: "NoExecute",
  tolerationSeconds: 1,
}));
const replicas = { answers: 4, alone: 2 } as const;

/** @param shared the folder in which they write down what they do */
export function workload(shared: string): readonly (readonly [path: string, object: object])[] {
  const spec = (name: string, spread: boolean) => ({
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        terminationGracePeriodSeconds: 2,
        tolerations,
        ...(spread && {
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: "kubernetes.io/hostname",
              whenUnsatisfiable: "ScheduleAnyway",
              labelSelector: { matchLabels: { app: name } },
            },
          ],
        }),
        containers: [{ name: "main", image: name, volumeMounts: [{ name: "trial", mountPath: "/trial" }] }],
        volumes: [{ name: "trial", hostPath: { path: shared } }],
      },
    },
  });
  const object = (kind: string, name: string, more: object) => ({
    apiVersion: "apps/v1",
    kind,
    metadata: { name },
    spec: more,
  });
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "answers" },
    spec: { selector: { app: "answers" }, ports: [{ port: 80 }] },
  };
  const answers = { ...spec("answers", true), replicas: replicas.answers };
  const alone = { ...spec("alone", true), replicas: replicas.alone, serviceName: "alone" };
  return [
    ["/api/v1/namespaces/default/services", service],
    [`${apps}/deployments`, object("Deployment", "answers", answers)],
    [`${apps}/statefulsets`, object("StatefulSet", "alone", alone)],
    [`${apps}/daemonsets`, object("DaemonSet", "asks", spec("asks", false))],
  ];
}

interface Status {
  readonly status?: { readonly [count: string]: number };
}
interface Nodes {
  readonly items: readonly {
    readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  }[];
}

/** Whether all nodes are ready, and all that was declared runs. Rejects where the server does not answer. */
export async function isSettled(client: Client): Promise<boolean> {
  const of = async (path: string) =>
    ((await client.ask("GET", `${apps}/${path}`)).body as Status).status ?? {};
  const { items } = (await client.ask("GET", "/api/v1/nodes")).body as Nodes;
  const isReady = (node: Nodes["items"][number]) =>
    node.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True");
  const [answers, alone, asks] = [
    await of("deployments/answers"),
    await of("statefulsets/alone"),
    await of("daemonsets/asks"),
  ];
  return (
    items.length === 3 &&
    items.every(isReady) &&
    answers.availableReplicas === replicas.answers &&
    answers.replicas === replicas.answers &&
    alone.readyReplicas === replicas.alone &&
    alone.replicas === replicas.alone &&
    asks.numberReady === 3
  );
}
