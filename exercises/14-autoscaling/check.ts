import type { HorizontalPodAutoscaler } from "k4s";
import type { Check } from "../classroom/check.ts";
import type { Scene } from "../classroom/scene.ts";

export default {
  // Minutes pass here in a moment, and containers pretend to work.
  isVirtual: true,
  options: { nodes: 1, nodeCapacity: { cpu: 4, memory: "8Gi", pods: 20 }, resyncMs: 5_000 },
  scenarios: [
    {
      name: "The autoscaler knows a percentage",
      task: 1,
      points: 1,
      async run(scene) {
        await begin(scene, "50m");
        await expectActive(scene);
      },
    },
    {
      name: "At rest there is one pod",
      task: 2,
      points: 2,
      async run(scene) {
        await begin(scene, "50m");
        await expectActive(scene);
        await scene.pass(300);
        const replicas = await replicasOf(scene);
        const happened = `there are ${replicas}: ${await state(scene)}`;
        scene.expect(replicas === 1, { did: "waited five minutes, 50m used", expected: "one pod", happened });
      },
    },
    {
      name: "When they are busy there are six, and all of them run",
      task: 3,
      points: 3,
      async run(scene) {
        await begin(scene, "400m");
        await expectActive(scene);
        await scene.pass(600);
        const did = "waited ten minutes, 400m used by each pod";
        const replicas = await replicasOf(scene);
        const happened = `there are ${replicas}: ${await state(scene)}`;
        scene.expect(replicas === 6, { did, expected: "six pods", happened });
        const pods = await scene.cluster.list("Pod", { labelSelector: "app=shop" });
        const running = pods.filter(({ status }) => status?.phase === "Running").length;
        scene.expect(running === 6, {
          did,
          expected: "six that run",
          happened: [`${running} run`, ...(await scene.troubles())].join("\n"),
        });
      },
    },
  ],
} satisfies Check;

/** Applies the learner's file; each pod of shop uses so much. */
async function begin(scene: Scene, cpu: string): Promise<void> {
  await scene.applyLearners();
  const annotations = { "k4s.dev/hollow-cpu": cpu };
  await scene.cluster.patch("Deployment", "shop", { spec: { template: { metadata: { annotations } } } });
  await scene.pass(120);
}

async function expectActive(scene: Scene): Promise<void> {
  const active = conditionsOf(await autoscaler(scene)).find(({ type }) => type === "ScalingActive");
  scene.expect(active?.status === "True", {
    did: "applied your file, and waited two minutes",
    expected: "the autoscaler to be active",
    happened: active
      ? `${active.reason}: ${active.message}`
      : "there is no autoscaler shop, or it did nothing",
  });
}

async function autoscaler(scene: Scene): Promise<HorizontalPodAutoscaler | undefined> {
  return scene.cluster.get("HorizontalPodAutoscaler", "shop");
}

function conditionsOf(autoscaler: HorizontalPodAutoscaler | undefined) {
  return autoscaler?.status?.conditions ?? [];
}

async function replicasOf(scene: Scene): Promise<number> {
  return (await scene.cluster.get("Deployment", "shop"))?.spec.replicas ?? 0;
}

/** What the autoscaler sees, in percent. */
async function state(scene: Scene): Promise<string> {
  const [metric] = (await autoscaler(scene))?.status?.currentMetrics ?? [];
  const percent = metric?.resource?.current?.averageUtilization;
  return percent === undefined ? "it knows no percentage" : `it sees ${percent} % of what they request`;
}
