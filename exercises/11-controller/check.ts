import type { Controller } from "k4s";
import type { Check } from "../classroom/check.ts";
import { Mismatch } from "../classroom/mismatch.ts";
import type { Scene } from "../classroom/scene.ts";
import { pipelineKind } from "./pipeline-kind.ts";

/** What the learner's controller did in the cluster of the scenario that plays now. */
let runs = 0;
let lastError: unknown;

interface Status {
  stages: number;
  ready: number;
}

const text = ["text-tidy", "text-words", "text-count"];
const bystander = `
kind: Container
metadata: { name: bystander } # belongs to nobody
spec: { module: ledger }`;

export default {
  cluster(learner) {
    runs = 0;
    lastError = undefined;
    return { kinds: [pipelineKind], controllers: [observed(learner.pipelines)], resyncMs: 100 };
  },
  scenarios: [
    {
      name: "It creates a Container for each stage, and the pipeline works",
      task: 1,
      points: 3,
      async run(scene) {
        await beginText(scene);
        await scene.expectReply("text-tidy", " Row, row the boat ", { row: 2, the: 1, boat: 1 });
      },
    },
    {
      name: "It heals: a Container that was deleted comes back",
      task: 1,
      points: 1,
      async run(scene) {
        await beginText(scene);
        const before = await scene.cluster.get("Container", "text-words");
        await scene.cluster.delete("Container", "text-words");
        await scene.until(
          () => scene.cluster.get("Container", "text-words"),
          now => now !== undefined && now.metadata.uid !== before?.metadata.uid,
          { did: "deleted the Container text-words", expected: "a new one in its place" },
          () => `there is none${thrown()}`,
        );
        await scene.ready();
        await scene.expectReply("text-tidy", "one", { one: 1 });
      },
    },
    {
      name: "It puts right what somebody meddled with",
      task: 2,
      points: 2,
      async run(scene) {
        await beginText(scene);
        await scene.cluster.patch("Container", "text-tidy", { spec: { parameters: { next: "nowhere" } } });
        await expectNext(scene, "text-tidy", "text-words", 'set next of text-tidy to "nowhere"');
      },
    },
    {
      name: "It follows a change of the pipeline, and lets go what is not wanted any more",
      task: 3,
      points: 2,
      async run(scene) {
        await beginText(
          scene,
          bystander,
          "kind: Pipeline\nmetadata: { name: other }\nspec: { module: stages, stages: [words] }",
        );
        await expectContainers(
          scene,
          [...text, "bystander", "other-words"],
          "declared a second pipeline, and a Container of nobody's",
        );
        await scene.cluster.patch("Pipeline", "text", { spec: { stages: ["tidy", "count"] } });
        const did = "changed the stages of text to [tidy, count]";
        await expectContainers(scene, ["text-tidy", "text-count", "bystander", "other-words"], did);
        await expectNext(scene, "text-tidy", "text-count", did);
      },
    },
    {
      name: "It reports how many stages are wanted and ready",
      task: 4,
      points: 1,
      async run(scene) {
        await beginThreeStages(scene);
        await scene.cluster.patch("Pipeline", "text", { spec: { stages: ["tidy"] } });
        await expectStatus(scene, { stages: 1, ready: 1 }, "took away two of the three stages");
      },
    },
    {
      name: "When all is as it should be, it writes nothing",
      task: 4,
      points: 2,
      async run(scene) {
        await beginThreeStages(scene);
        const before = await versions(scene);
        const since = runs;
        await scene.until(
          async () => runs - since,
          more => more >= 3,
          { did: "waited for reconcile to be called three more times", expected: "it to return each time" },
          more => `it was called ${more} times${thrown()}`,
        );
        const did =
          "let reconcile run three more times when everything was as it should be, and compared the versions";
        scene.expectEqual(await versions(scene), before, did);
      },
    },
    {
      name: "When the pipeline is deleted, its Containers go, and others stay",
      task: 1,
      points: 1,
      async run(scene) {
        await beginText(scene, bystander);
        await scene.cluster.delete("Pipeline", "text");
        await expectContainers(scene, ["bystander"], "deleted the pipeline");
      },
    },
  ],
} satisfies Check;

/** The learner's controller, with its runs counted and its errors remembered. */
function observed(learners: unknown): Controller {
  const isController = typeof learners === "object" && learners !== null && "reconcile" in learners;
  if (!isController) {
    const expected = "an export `pipelines`, made with controller({ … })";
    throw new Mismatch({ did: "loaded your file", expected, happened: "there is none" });
  }
  const controller = learners as Controller;
  return {
    ...controller,
    async reconcile(object, world) {
      try {
        return await controller.reconcile(object, world);
      } catch (error) {
        lastError = error;
        throw error;
      } finally {
        runs++;
      }
    },
  };
}

/** What reconcile threw last, to be added to what happened. */
function thrown(): string {
  if (lastError === undefined) return "";
  return `\nyour reconcile threw ${lastError instanceof Error ? (lastError.stack ?? lastError) : String(lastError)}`;
}

/** Declares the pipeline (and more), and waits until its stages run. */
async function beginText(scene: Scene, ...more: string[]): Promise<void> {
  await scene.cluster.apply([scene.manifest, ...more].join("\n---\n"));
  await scene.until(
    () => containers(scene),
    names => text.every(name => names.includes(name)),
    {
      did: "declared the pipeline text with the stages tidy, words, count",
      expected: `the Containers ${text.join(", ")}`,
    },
    names => `there are ${names.join(", ") || "none"}${thrown()}`,
  );
  await scene.ready();
}

async function beginThreeStages(scene: Scene): Promise<void> {
  await beginText(scene);
  await expectStatus(scene, { stages: 3, ready: 3 }, "declared three stages, and waited until they ran");
}

async function containers(scene: Scene): Promise<string[]> {
  return (await scene.cluster.list("Container")).map(({ metadata }) => metadata.name).sort();
}

async function expectContainers(scene: Scene, expected: readonly string[], did: string): Promise<void> {
  const wanted = [...expected].sort().join(", ");
  await scene.until(
    async () => (await containers(scene)).join(", "),
    names => names === wanted,
    { did, expected: `the Containers ${wanted}` },
    names => `there are ${names || "none"}${thrown()}`,
  );
}

async function expectNext(scene: Scene, name: string, next: string, did: string): Promise<void> {
  await scene.until(
    async () => (await scene.cluster.get("Container", name))?.spec.parameters?.next,
    seen => seen === next,
    { did, expected: `${name} to pass on to ${next}` },
    seen => `it passes on to ${seen}${thrown()}`,
  );
}

async function expectStatus(scene: Scene, expected: Status, did: string): Promise<void> {
  await scene.until(
    async () => (await scene.cluster.get("Pipeline", "text"))?.status as Status | undefined,
    status => status?.stages === expected.stages && status.ready === expected.ready,
    { did, expected: `the status ${JSON.stringify(expected)}` },
    status => `it is ${JSON.stringify(status)}${thrown()}`,
  );
}

/** Changes with every write to what the controller is in charge of: what is wanted, and the pipeline itself. */
async function versions(scene: Scene): Promise<Record<string, string>> {
  const pipeline = await scene.cluster.get("Pipeline", "text");
  const owned = await scene.cluster.list("Container");
  const ofContainers = owned.map(({ metadata: { name, uid, generation } }) => [
    name,
    `${uid}, generation ${generation}`,
  ]);
  return Object.fromEntries([
    ...ofContainers,
    ["Pipeline text", pipeline?.metadata.resourceVersion ?? "gone"],
  ]);
}
