import type { Pod } from "k4s";
import type { Check } from "../classroom/check.ts";
import type { Scene } from "../classroom/scene.ts";

const licences: Record<string, number> = { plain: 0, small: 2, large: 3 };

export default {
  options: { nodes: 1, runtime: "hollow" },
  // The scheduler loads the file by itself, in a thread of its own.
  cluster: (_, file) => ({
    schedulerConfig: {
      apiVersion: "kubescheduler.config.k8s.io/v1",
      kind: "KubeSchedulerConfiguration",
      profiles: [
        {
          plugins: { multiPoint: { enabled: [{ name: "Licences", weight: 100 }] } },
          pluginConfig: [{ name: "Licences", args: { module: file, label: "licences" } }],
        },
      ],
    },
  }),
  scenarios: [
    {
      name: "A pod with a licence goes only where one is left",
      task: 1,
      points: 3,
      async run(scene) {
        await begin(scene);
        // Others do not use up licences.
        await placed(scene, "other-0", "small");
        const nodes: string[] = [];
        for (let i = 0; i < 5; i++) nodes.push(await place(scene, `drawing-${i}`, { licence: "drawing" }));
        const did = "made five pods that need a licence, where there are two on small and three on large";
        scene.expectEqual([...nodes].sort(), ["large", "large", "large", "small", "small"], did);
        await expectRefusal(scene);
      },
    },
    {
      name: "Pods without a licence go anywhere",
      task: 2,
      points: 2,
      async run(scene) {
        await begin(scene);
        for (let i = 0; i < 3; i++) await placed(scene, `other-${i}`, "small");
        await placed(scene, "other-3", "plain");
      },
    },
    {
      name: "Pods with a licence are put together",
      task: 3,
      points: 2,
      async run(scene) {
        await begin(scene);
        const first = await place(scene, "drawing-0", { licence: "drawing" });
        const second = await place(scene, "drawing-1", { licence: "drawing" });
        scene.expectEqual(
          second,
          first,
          `made a pod that needs a licence, which went to ${first}, and another`,
        );
      },
    },
    {
      name: "Others keep away from nodes with licences",
      task: 3,
      points: 1,
      async run(scene) {
        await begin(scene);
        const nodes: string[] = [];
        for (let i = 0; i < 3; i++) nodes.push(await place(scene, `other-${i}`));
        scene.expectEqual(nodes, ["plain", "plain", "plain"], "made three pods that need no licence");
      },
    },
  ],
} satisfies Check;

/** The nodes: none but those of the exercise takes pods. */
async function begin(scene: Scene): Promise<void> {
  await scene.cluster.nodes.cordon("node-0");
  for (const [name, count] of Object.entries(licences)) {
    const labels = { node: name, ...(count > 0 && { licences: String(count) }) };
    await scene.cluster.nodes.add({ name, labels });
  }
}

async function make(
  scene: Scene,
  name: string,
  labels: Record<string, string> = {},
  nodeSelector?: Record<string, string>,
): Promise<void> {
  const spec = { containers: [{ name: "main", image: "any" }], ...(nodeSelector && { nodeSelector }) };
  await scene.cluster.apply({ apiVersion: "v1", kind: "Pod", metadata: { name, labels }, spec });
}

/** Makes a pod, and waits for its node. */
async function place(
  scene: Scene,
  name: string,
  labels?: Record<string, string>,
  nodeSelector?: Record<string, string>,
): Promise<string> {
  await make(scene, name, labels, nodeSelector);
  const what = labels?.licence ? "a pod that needs a licence" : "a pod that needs none";
  const pod = await scene.until(
    () => scene.cluster.get("Pod", name),
    pod => pod?.spec.nodeName !== undefined,
    { did: `made ${what}, ${name}`, expected: "it to get a node" },
    pod => `it has none: ${unscheduled(pod)}`,
  );
  return pod?.spec.nodeName ?? "";
}

/** Makes a pod that needs no licence and wants a certain node. */
async function placed(scene: Scene, name: string, node: string): Promise<void> {
  await place(scene, name, {}, { node });
}

async function expectRefusal(scene: Scene): Promise<void> {
  await make(scene, "drawing-5", { licence: "drawing" });
  await scene.until(
    async () => unscheduled(await scene.cluster.get("Pod", "drawing-5")),
    message => message.includes("3 node(s) had no licence left"),
    { did: "made a sixth pod that needs a licence", expected: '"3 node(s) had no licence left"' },
    message => message || "it was given a node",
  );
}

function unscheduled(pod: Pod | undefined): string {
  const condition = pod?.status?.conditions?.find(({ type }) => type === "PodScheduled");
  return condition?.status === "False" ? (condition.message ?? "") : "";
}
