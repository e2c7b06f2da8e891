import { isDeepStrictEqual } from "node:util";
import type { Pod, SchedulingReport } from "k4s";
import type { Check } from "../classroom/check.ts";
import type { Scene } from "../classroom/scene.ts";

const fast = ["fast-0", "fast-1"];
const applied = "applied your file, and asked the scheduler about the pod report";

export default {
  options: {
    nodes: 1,
    nodeCapacity: { cpu: 2, memory: "4Gi", pods: 10 },
    runtime: "hollow",
  },
  scenarios: [
    {
      name: "It selects the nodes with quick disks",
      task: 1,
      points: 1,
      async run(scene) {
        const { nodeSelector, affinity } = (await begin(scene)).spec;
        scene.expect(nodeSelector !== undefined || affinity?.nodeAffinity !== undefined, {
          did: "applied your file",
          expected: "a pod that selects its nodes",
          happened: "it would run anywhere: the ordinary node has no quick disk",
        });
        await expectNo(scene, "NodeAffinity");
        // A mere preference would do as long as one of them takes pods.
        for (const node of fast) await scene.cluster.nodes.cordon(node);
        await scene.cluster.delete("Pod", "report", { gracePeriodSeconds: 0 });
        await scene.applyLearners();
        await expectTried(scene);
        const { node } = await scene.cluster.scheduling("Pod/report");
        scene.expect(node === undefined, {
          did: "applied your file while neither of the fast nodes took pods",
          expected: "it to wait for one of them",
          happened: `it is on ${node}`,
        });
      },
    },
    {
      name: "It tolerates the taint",
      task: 2,
      points: 1,
      async run(scene) {
        await begin(scene);
        await expectNo(scene, "TaintToleration");
      },
    },
    {
      name: "It asks for half a processor",
      task: 3,
      points: 1,
      async run(scene) {
        const { containers } = (await begin(scene)).spec;
        const { cpu } = containers[0]?.resources?.requests ?? {};
        await expectNo(scene, "NodeResourcesFit");
        const happened = `it asks for ${cpu ?? "nothing"}`;
        scene.expect(cpu === "500m", { did: "applied your file", expected: "half a processor", happened });
      },
    },
    {
      name: "It runs, whichever of the two fast nodes is down",
      task: 1,
      points: 2,
      async run(scene) {
        await begin(scene);
        for (const down of fast) {
          await scene.cluster.nodes.uncordon(fast.find(node => node !== down) ?? "");
          await scene.cluster.nodes.cordon(down);
          await scene.cluster.delete("Pod", "report", { gracePeriodSeconds: 0 });
          await scene.applyLearners();
          const wanted = fast.filter(node => node !== down).join();
          await scene.until(
            () => scene.cluster.get("Pod", "report"),
            pod => pod?.spec.nodeName === wanted && pod.status?.phase === "Running",
            { did: `applied your file while ${down} took no pods`, expected: `it to run on ${wanted}` },
            pod => (pod?.spec.nodeName ? `it is on ${pod.spec.nodeName}` : "it is Pending"),
          );
        }
      },
    },
  ],
} satisfies Check;

/** The nodes are there, and the learner's pod. */
async function begin(scene: Scene): Promise<Pod> {
  const taints = [{ key: "for", value: "reports", effect: "NoSchedule" as const }];
  for (const name of fast) await scene.cluster.nodes.add({ name, labels: { disk: "ssd" }, taints });
  await scene.until(
    () => scene.cluster.list("Node"),
    nodes =>
      nodes.every(({ spec }) => !spec?.taints?.some(({ key }) => key === "node.kubernetes.io/not-ready")),
    { did: "added two nodes", expected: "them to be ready" },
    () => "they are not",
  );
  await scene.applyLearners();
  const pod = await scene.cluster.get("Pod", "report");
  scene.expect(pod !== undefined, {
    did: "applied your file",
    expected: "a pod called report",
    happened: "there is none",
  });
  return pod as Pod;
}

/** What a plugin says of the fast nodes, once the scheduler has tried. */
async function expectNo(scene: Scene, plugin: string): Promise<void> {
  await expectTried(scene);
  const report = await scene.cluster.scheduling("Pod/report");
  const refused = report.nodes.filter(({ node, refusals }) => fast.includes(node) && plugin in refusals);
  scene.expect(isDeepStrictEqual(refused, []), {
    did: applied,
    expected: `no objection of ${plugin} to a fast node`,
    happened: inLines(report),
  });
}

async function expectTried(scene: Scene): Promise<void> {
  await scene.until(
    () => scene.cluster.scheduling("Pod/report"),
    ({ node, message }) => node !== undefined || message !== undefined,
    { did: applied, expected: "it to have been tried" },
    () => "it was not",
  );
}

/** What `k4s why --scheduling` tells of the fast nodes. */
function inLines({ nodes }: SchedulingReport): string {
  return nodes
    .filter(({ node }) => fast.includes(node))
    .flatMap(({ node, refusals, remedies }) => [
      ...Object.entries(refusals).map(([plugin, why]) => `${node}: ${plugin}: ${why.join(", ")}`),
      ...remedies.map(remedy => `  needed: ${remedy}`),
    ])
    .join("\n");
}
