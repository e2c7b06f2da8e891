/**
 * Whether controllers go on: a Deployment that is scaled again and again, and how long it takes until its ReplicaSet is told. Its pods are hollow;
 * whether all of them run in the end is asked at the end.
 */
import type { Client } from "./client.ts";
import { until } from "./trial.ts";

const deployments = "/apis/apps/v1/namespaces/default/deployments";
const replicaSets = "/apis/apps/v1/namespaces/default/replicasets?labelSelector=app%3Dpulse";

interface Workload {
  readonly spec: { readonly replicas: number };
  readonly status?: { readonly availableReplicas?: number; readonly replicas?: number };
}

export class Pulse {
  #replicas = 2;

  async create(client: Client): Promise<void> {
    const metadata = { labels: { app: "pulse" } };
    const containers = [{ name: "main", image: "pause" }];
    await client.ask("POST", deployments, {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "pulse" },
      spec: {
        replicas: this.#replicas,
        selector: { matchLabels: { app: "pulse" } },
        template: { metadata, spec: { runtimeClassName: "hollow", containers } },
      },
    });
  }

  /** Resolves to how long it took until a controller had written; undefined where none has in that time. */
  async beat(client: Client, patienceMs: number): Promise<number | undefined> {
    const begun = performance.now();
    const replicas = (this.#replicas % 5) + 1;
    this.#replicas = replicas;
    const isAsked = async () => {
      const patch = client.ask("PATCH", `${deployments}/pulse`, { spec: { replicas } });
      return patch.then(
        ({ code }) => code === 200,
        () => false,
      );
    };
    const isTold = async () => {
      const list = await client.ask("GET", replicaSets).catch(() => undefined);
      const items = (list?.body as { readonly items?: readonly Workload[] } | undefined)?.items ?? [];
      return items.some(({ spec }) => spec.replicas === replicas);
    };
    const isDone = (await until(isAsked, patienceMs)) && (await until(isTold, patienceMs));
    return isDone ? performance.now() - begun : undefined;
  }

  /** Resolves to whether all of its pods run. */
  settles(client: Client, patienceMs: number): Promise<boolean> {
    return until(
      async () => {
        const answer = await client.ask("GET", `${deployments}/pulse`).catch(() => undefined);
        const { status } = (answer?.body ?? {}) as Partial<Workload>;
        return status?.availableReplicas === this.#replicas && status.replicas === this.#replicas;
      },
      patienceMs,
      500,
    );
  }
}
