/** A Deployment is rolled out, paused halfway, resumed, spoilt and undone, while requests flow; none of them is lost. */
import type { Cluster } from "k4s";
import { Load } from "./load.ts";
import type { Demo } from "./stage.ts";

interface Greeting {
  version: number;
}

export default {
  title: "Rollout, pause and undo under load",
  picture: `
     Deployment greeter
        ├─ ReplicaSet greeter-…   v1   4 ──────────────▶ 0
        ├─ ReplicaSet greeter-…   v2   0 ──▶ 2 pause ──▶ 4 ──────────────────▶ 4
        └─ ReplicaSet greeter-…   v3                      0 ──▶ 2 ✘ undo ──▶ 0`,
  manifest: "10-rollout-under-load.yaml",
  async play(cluster, stage) {
    await stage.step("Declare a Deployment of four greeters, version 1, and a Service over them.");
    await stage.apply(this.manifest);
    await stage.until("version 1 is rolled out", cluster.rollout.wait("Deployment/greeter"));

    await stage.step("Keep twelve requests in flight from now on.");
    const load = new Load(async () => (await cluster.api.request<Greeting>("greet", "Ada")).version, 12);
    try {
      await stage.step("Declare version 2, and pause when the first of its pods are ready.");
      await declare(cluster, "greeter:v2");
      await stage.until(
        "two pods of version 2 are ready",
        cluster.waitFor("Deployment/greeter", greeter => (greeter?.status?.readyReplicas ?? 0) >= 6),
      );
      await cluster.rollout.pause("Deployment/greeter");
      await stage.table("ReplicaSet");
      const halfway = await load.next(200);
      stage.claim(
        "both versions answer while it is paused",
        halfway.length === 200 && halfway.includes(1) && halfway.includes(2),
        seen(halfway),
      );
      const { done, message } = await cluster.rollout.status("Deployment/greeter");
      stage.claim("its status says that it is not done", !done, message);

      await stage.step("Resume.");
      await cluster.rollout.resume("Deployment/greeter");
      await stage.until("version 2 is rolled out", cluster.rollout.wait("Deployment/greeter"));
      const after = await load.next(100);
      const isNew = after.length === 100 && after.every(version => version === 2);
      stage.claim("now only version 2 answers", isNew, seen(after));

      await stage.step("Declare version 3, which does not exist.");
      await declare(cluster, "greeter:v3");
      const stuck = await cluster.rollout.wait("Deployment/greeter").then(
        ({ message }) => message,
        (error: Error) => error.message,
      );
      stage.controllers();
      await stage.table("Pod");
      stage.claim("the rollout fails at its deadline", /exceeded its progress deadline/.test(stuck), stuck);
      const greeter = await cluster.get("Deployment", "greeter");
      const available = greeter?.status?.availableReplicas;
      stage.claim("and has taken away none of the four that work", available === 4, available);

      await stage.step("Undo it.");
      await cluster.rollout.undo("Deployment/greeter");
      await stage.until("version 2 is rolled out again", cluster.rollout.wait("Deployment/greeter"));
      const history = await cluster.rollout.history("Deployment/greeter");
      for (const { revision, template } of history)
        stage.say(`  revision ${revision}: ${template.spec.containers[0]?.image}`);
      const images = history.map(({ template }) => template.spec.containers[0]?.image).join();
      stage.claim(
        "version 2 is the newest revision now",
        images === "greeter:v1,greeter:v3,greeter:v2",
        images,
      );
    } finally {
      await load.stop();
    }
    stage.bars(
      new Map(
        [1, 2].map(version => [
          `version ${version}`,
          load.answers.filter(answer => answer === version).length,
        ]),
      ),
    );
    stage.claim("not one request was lost", load.errors.length === 0, load.errors[0]);
  },
} satisfies Demo;

async function declare(cluster: Cluster, image: string): Promise<void> {
  const containers = [{ name: "greeter", image }];
  const spec = { template: { spec: { containers } } };
  await cluster.patch("Deployment", "greeter", { spec }, { type: "strategic" });
}

function seen(versions: readonly number[]): string {
  return `${versions.length} answers, of the versions ${[...new Set(versions)].join() || "none"}`;
}
