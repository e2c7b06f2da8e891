/** Scaling up and down while requests flow: the highest go first, and every request is answered. */
import type { Container, ReplicaSet } from "k4s";
import type { Demo } from "./stage.ts";

export default {
  title: "Scaling up and down under load",
  picture: `
     replicas:  2 ──▶ 5 ──▶ 1

     echo-rs-0  echo-rs-1  echo-rs-2  echo-rs-3  echo-rs-4
     └ stays                       highest removed first ┘`,
  manifest: "03-scaling.yaml",
  async play(cluster, stage) {
    const names = async () => (await cluster.list("Pod")).map(pod => pod.metadata.name).sort();
    const scale = async (replicas: number) => {
      await cluster.patch("ReplicaSet", "echo-rs", { spec: { replicas } });
      const isComplete = (set?: ReplicaSet) =>
        set?.status?.replicas === replicas &&
        set.status.readyReplicas === replicas &&
        set.status.terminatingReplicas === 0;
      await stage.until(`${replicas} replicas, all ready`, cluster.waitFor("ReplicaSet/echo-rs", isComplete));
      await stage.table("ReplicaSet");
    };

    await stage.step("Start with two.");
    await stage.apply(this.manifest);
    await stage.until("both are ready", cluster.waitFor("ReplicaSet/echo-rs", "Ready"));

    await stage.step("Send requests, twenty at a time, from now on.");
    let asking = true;
    let asked = 0;
    const errors: unknown[] = [];
    const customer = (async () => {
      while (asking) {
        const burst = Array.from({ length: 20 }, () =>
          cluster.api.request("echo", asked++).catch(error => errors.push(error)),
        );
        await Promise.all(burst);
      }
    })();

    try {
      await stage.step("Scale up to five.");
      await scale(5);
      stage.claim(
        "the new ones got the next numbers",
        (await names()).join() === [0, 1, 2, 3, 4].map(i => `echo-rs-${i}`).join(),
      );

      await stage.step("Delete one in the middle by hand: it comes back under its own name.");
      const before = await cluster.get("Container", "echo-rs-2");
      await cluster.delete("Container", "echo-rs-2");
      const isBack = (container?: Container) =>
        container?.status?.ready === true && container.metadata.uid !== before?.metadata.uid;
      await stage.until("another echo-rs-2 is ready", cluster.waitFor("Container/echo-rs-2", isBack));

      await stage.step("Scale down to one.");
      await scale(1);
      stage.claim("the lowest stays", (await names()).join() === "echo-rs-0", await names());
    } finally {
      asking = false;
    }
    await customer;
    stage.say(`  ${asked} requests were made meanwhile.`);
    stage.claim("not one of them failed", asked > 0 && errors.length === 0, errors[0]);
  },
} satisfies Demo;
