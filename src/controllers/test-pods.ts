/** The nodes of a story about workloads, played by the test: pods get a node, become ready, fail, end, stop. */

import type { TestCluster } from "../loop/test-cluster.ts";
import { timestamp } from "../outside/index.ts";
import { bindingOf, isTerminating, type KubernetesObject, type Pod } from "../resources/index.ts";
import { controllerWriter } from "../store/index.ts";

export class TestPods {
  readonly #cluster: TestCluster;

  constructor(cluster: TestCluster) {
    this.#cluster = cluster;
  }

  /** Those that nobody asked to go. */
  get alive(): Pod[] {
    return this.#cluster.store.list("Pod").filter(pod => !isTerminating(pod));
  }

  get going(): Pod[] {
    return this.#cluster.store.list("Pod").filter(isTerminating);
  }

  /** Puts every pod that has no node on one, and lets it run and be ready. */
  async start(): Promise<void> {
    for (const pod of this.alive.filter(({ spec }) => !spec.nodeName)) {
      await this.bind(pod);
      await this.ready(pod.metadata.name);
    }
    await this.#cluster.settle();
  }

  async bind({ metadata, spec }: Pod, node = spec.nodeName ?? "node-1"): Promise<void> {
    const options = { author: controllerWriter("test"), subresource: "binding", parent: "Pod" };
    await this.#cluster.registry.create<KubernetesObject>(bindingOf(metadata, node), options);
  }

  async ready(name: string, status: "True" | "False" = "True"): Promise<void> {
    const lastTransitionTime = timestamp(this.#cluster.clock.now());
    const conditions = [{ type: "Ready", status, lastTransitionTime }];
    await this.#cluster.reportPod(name, { phase: "Running", conditions });
  }

  /** Every pod ends, or those named. */
  async end(
    phase: "Succeeded" | "Failed",
    exitCode = phase === "Failed" ? 1 : 0,
    names?: readonly string[],
  ): Promise<void> {
    const finishedAt = timestamp(this.#cluster.clock.now());
    for (const { metadata, spec, status } of this.#cluster.store.list("Pod")) {
      if (names && !names.includes(metadata.name)) continue;
      if (status?.phase === "Succeeded" || status?.phase === "Failed") continue;
      const terminated = { exitCode, finishedAt, reason: exitCode === 0 ? "Completed" : "Error" };
      const containerStatuses = spec.containers.map(({ name, image = "" }) => ({
        name,
        image,
        imageID: "",
        ready: false,
        restartCount: 0,
        state: { terminated },
      }));
      await this.#cluster.reportPod(metadata.name, { phase, containerStatuses });
    }
    await this.#cluster.settle();
  }

  /** Pods that were told to stop have stopped. */
  async stop(): Promise<void> {
    for (const { metadata } of this.going)
      await this.#cluster.delete("Pod", metadata.name, { gracePeriodSeconds: 0 });
    await this.#cluster.settle();
  }

  /** Starts and stops until nothing changes any more. */
  async follow(): Promise<void> {
    for (let before = -1; before !== this.#cluster.store.revision; ) {
      before = this.#cluster.store.revision;
      await this.start();
      await this.stop();
    }
  }
}
