import type { Deployment, Pod } from "k4s";
import type { Check } from "../classroom/check.ts";
import { Mismatch } from "../classroom/mismatch.ts";
import type { Scene } from "../classroom/scene.ts";
import { showError } from "../classroom/show.ts";

/** How long a drain may take: some rounds of asking for each pod that may be on the node. */
const msOfDrain = (pods: number) => 3_000 + 2_000 * pods;

export default {
  options: { nodes: 2 },
  scenarios: [
    {
      name: "A node can be drained",
      task: 1,
      points: 2,
      async run(scene) {
        await begin(scene);
        const [pod] = await shopPods(scene);
        await drain(scene, pod?.spec.nodeName ?? "node-0");
        await scene.rolledOut("Deployment/shop", "drained the node of one pod");
      },
    },
    {
      name: "One is available all the time while the nodes are drained one after the other",
      task: 2,
      points: 2,
      async run(scene) {
        await begin(scene);
        const before = await shopPods(scene);
        const after = scene.cluster.revision;
        for (const node of ["node-0", "node-1"]) {
          await drain(scene, node);
          await scene.rolledOut("Deployment/shop", `drained ${node}`);
          await scene.cluster.nodes.uncordon(node);
        }
        const least = leastAvailable(scene, before, after);
        scene.expect(least >= 1, {
          did: "drained node-0, brought it back, and drained node-1, where all pods were by then",
          expected: "one pod at least to be available all the time",
          happened: "there was none, for a while",
        });
      },
    },
    {
      name: "The budget guards all pods of shop, and lets one go",
      task: 3,
      points: 2,
      async run(scene) {
        await begin(scene);
        const did = "applied your file, and waited until all pods ran";
        await scene.until(
          () => scene.cluster.list("PodDisruptionBudget"),
          ([budget]) => (budget?.status?.disruptionsAllowed ?? 0) > 0,
          { did, expected: "a budget that allows a disruption" },
          ([budget]) =>
            budget ? `it allows ${budget.status?.disruptionsAllowed ?? 0}` : "there is no budget",
        );
        const [budget] = await scene.cluster.list("PodDisruptionBudget");
        const { expectedPods = 0, disruptionsAllowed = 0 } = budget?.status ?? {};
        const { spec } = (await scene.cluster.get("Deployment", "shop")) as Deployment;
        scene.expect(expectedPods === spec.replicas, {
          did,
          expected: `it to guard the ${spec.replicas} pods of shop`,
          happened: `it guards ${expectedPods}: its selector fits no more`,
        });
        scene.expect(disruptionsAllowed < expectedPods, {
          did,
          expected: "it to keep some of them",
          happened: `all ${disruptionsAllowed} may go at once`,
        });
      },
    },
  ],
} satisfies Check;

async function begin(scene: Scene): Promise<void> {
  await scene.cluster.apply(scene.manifest);
  await scene.applyLearners();
  const shop = await scene.cluster.get("Deployment", "shop");
  scene.expect((shop?.spec.replicas ?? 0) > 0, {
    did: "applied your file",
    expected: "a Deployment shop with pods",
    happened: shop ? "it wants none" : "there is none",
  });
  await scene.rolledOut("Deployment/shop", "applied your file");
}

async function shopPods(scene: Scene): Promise<Pod[]> {
  return scene.cluster.list("Pod", { labelSelector: "app=shop" });
}

async function drain(scene: Scene, node: string): Promise<void> {
  const drainMs = msOfDrain((await shopPods(scene)).length);
  try {
    await scene.cluster.nodes.drain(node, { timeoutMs: drainMs });
  } catch (error) {
    const { cause } = error as { cause?: unknown };
    throw new Mismatch({
      did: `drained ${node}`,
      expected: `it to be empty within ${drainMs / 1_000} seconds`,
      happened: [error, cause].filter(Boolean).map(showError).join("\n"),
    });
  }
}

/** How many pods were ready and not on their way out when there were fewest. */
function leastAvailable(scene: Scene, before: readonly Pod[], after: number): number {
  const available = new Set(before.filter(isAvailable).map(({ metadata }) => metadata.uid));
  let least = available.size;
  for (const { key, type, object } of scene.cluster.history({ after })) {
    if (key.kind !== "Pod" || object.metadata.labels?.app !== "shop") continue;
    if (type !== "DELETED" && isAvailable(object as Pod)) available.add(object.metadata.uid);
    else available.delete(object.metadata.uid);
    least = Math.min(least, available.size);
  }
  return least;
}

function isAvailable({ metadata, status }: Pod): boolean {
  const isReady = status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True");
  return isReady === true && metadata.deletionTimestamp === undefined;
}
