import type { Deployment } from "k4s";
import type { Check } from "../classroom/check.ts";
import type { Scene } from "../classroom/scene.ts";
import { showError } from "../classroom/show.ts";

const applied = "applied your file while version 1 ran";

export default {
  options: { nodes: 1, nodeCapacity: { cpu: 3, memory: "8Gi", pods: 20 } },
  scenarios: [
    {
      name: "The new pods have code to run",
      task: 1,
      points: 2,
      async run(scene) {
        await begin(scene);
        // Room is no matter here.
        await scene.cluster.nodes.add();
        await rollOut(scene, `${applied}, on two nodes`);
      },
    },
    {
      name: "It is rolled out where there is room for three",
      task: 2,
      points: 2,
      async run(scene) {
        await begin(scene);
        await rollOut(scene, applied);
      },
    },
    {
      name: "Two are available all the time, and no request is lost",
      task: 3,
      points: 2,
      async run(scene) {
        await begin(scene);
        const after = scene.cluster.revision;
        const errors: unknown[] = [];
        let isAsking = true;
        const customer = async () => {
          while (isAsking) await scene.cluster.api.request("shop", "?").catch(error => errors.push(error));
        };
        const customers = Array.from({ length: 6 }, customer);
        try {
          await rollOut(scene, `${applied}, with six requests in flight`);
        } finally {
          isAsking = false;
          await Promise.all(customers);
        }
        const did = `${applied}, with six requests in flight all the time`;
        const [error] = errors;
        scene.expect(errors.length === 0, {
          did,
          expected: "an answer to each of them",
          happened: `${errors.length} had none; the first: ${showError(error)}`,
        });
        const least = leastAvailable(scene, after);
        const happened = `there were ${least}, for a while`;
        scene.expect(least >= 2, { did, expected: "two pods to be available all the time", happened });
      },
    },
  ],
} satisfies Check;

/** Version 1 runs. */
async function begin(scene: Scene): Promise<void> {
  await scene.cluster.apply(scene.manifest);
  await scene.cluster.waitFor("Deployment/shop", "Available");
  await scene.ready("version 1");
}

async function rollOut(scene: Scene, did: string): Promise<void> {
  await scene.applyLearners();
  const { spec } = (await scene.cluster.get("Deployment", "shop")) as Deployment;
  const { cpu } = spec.template.spec.containers[0]?.resources?.requests ?? {};
  scene.expect(spec.replicas === 3 && Number(cpu) === 1, {
    did,
    expected: "three replicas that ask for one processor each",
    happened: `${spec.replicas} replicas that ask for ${cpu ?? "nothing"}`,
  });
  await scene.rolledOut("Deployment/shop", did);
  await scene.expectReply("shop", "which version are you?", { version: 2 });
}

function leastAvailable(scene: Scene, after: number): number {
  const seen = scene.cluster
    .history({ after })
    .filter(({ key, type }) => key.kind === "Deployment" && type === "MODIFIED")
    .map(({ object }) => (object as Deployment).status?.availableReplicas ?? 0);
  return Math.min(3, ...seen);
}
