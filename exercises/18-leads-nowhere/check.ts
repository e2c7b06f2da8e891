import type { Service } from "k4s";
import type { Check } from "../classroom/check.ts";
import type { Scene } from "../classroom/scene.ts";
import { showError } from "../classroom/show.ts";

const applied = "applied your file";

export default {
  scenarios: [
    {
      name: "It finds the pods, and those that come",
      task: 1,
      points: 2,
      async run(scene) {
        await begin(scene);
        await expectEndpoints(scene, 2, applied);
        await scene.cluster.scale("Deployment/catalogue", 3);
        await expectEndpoints(scene, 3, "scaled the Deployment to three");
      },
    },
    {
      name: "Its port leads to where the programs listen",
      task: 2,
      points: 2,
      async run(scene) {
        const { metadata, spec } = await begin(scene);
        const port = spec.ports?.[0]?.port;
        await expectCatalogue(scene, `http://${metadata.name}:${port}`);
      },
    },
    {
      name: "The customer finds it by name",
      task: 3,
      points: 2,
      async run(scene) {
        await begin(scene);
        await expectCatalogue(scene, "http://catalogue");
      },
    },
  ],
} satisfies Check;

/** The pods run, and the learner's Service is there. */
async function begin(scene: Scene): Promise<Service> {
  await scene.cluster.apply(scene.manifest);
  await scene.cluster.waitFor("Deployment/catalogue", "Available");
  await scene.cluster.waitFor("Pod/customer", "Ready");
  await scene.applyLearners();
  const [service, ...more] = (await scene.cluster.list("Service")).filter(
    ({ metadata }) => metadata.name !== "kubernetes",
  );
  scene.expect(service !== undefined && more.length === 0, {
    did: applied,
    expected: "one Service",
    happened: service ? `there are ${more.length + 1}` : "there is none",
  });
  return service as Service;
}

/** The endpoints are the pods of the Deployment, all of them. */
async function expectEndpoints(scene: Scene, count: number, did: string): Promise<void> {
  const found = async () => {
    const slices = await scene.cluster.list("EndpointSlice");
    const pods = await scene.cluster.list("Pod", { labelSelector: "pod-template-hash" });
    const names = pods.map(({ metadata }) => metadata.name);
    return new Set(
      slices
        .flatMap(({ endpoints = [] }) => endpoints)
        .filter(({ conditions }) => conditions?.ready)
        .flatMap(({ targetRef }) => targetRef?.name ?? [])
        .filter(name => names.includes(name)),
    );
  };
  await scene.until(
    found,
    ({ size }) => size === count,
    { did, expected: `${count} pods of catalogue to be ready endpoints of your Service` },
    ({ size }) => `${size} are: its selector fits ${size === 0 ? "none of them" : "some of them"}`,
  );
}

/** The customer gets an answer of a pod of the catalogue. */
async function expectCatalogue(scene: Scene, url: string): Promise<void> {
  await scene.until(
    () => scene.ask("customer", { url }),
    outcome => "reply" in outcome && /^catalogue-/.test(String(outcome.reply)),
    { did: `had the customer fetch ${url}`, expected: "an answer of a pod of the catalogue" },
    outcome => ("reply" in outcome ? `the answer ${outcome.reply}` : showError(outcome.error)),
  );
}
