import type { Check } from "../classroom/check.ts";
import type { Scene } from "../classroom/scene.ts";
import { showError } from "../classroom/show.ts";

const applied = "applied your file";

/** Others who call: of the same namespace, and of another one with the label of the api, or of the front. */
const strangers = `
  { kind: Namespace, apiVersion: v1, metadata: { name: street } }
  ---
  { kind: Pod, apiVersion: v1, metadata: { name: stranger }, spec: { containers: [{ name: main, image: caller }] } }
  ---
  { kind: Pod, apiVersion: v1, metadata: { name: api, namespace: street, labels: { app: api } }, spec: { containers: [{ name: main, image: caller }] } }
  ---
  { kind: Pod, apiVersion: v1, metadata: { name: front, namespace: street, labels: { app: front } }, spec: { containers: [{ name: main, image: caller }] } }
`;

/** Who must not reach whom. */
const denied = [
  ["pod/stranger", "pod/db:8080"],
  ["pod/stranger", "pod/api:8080"],
  ["pod/stranger", "pod/front:8080"],
  ["pod/front", "pod/db:8080"],
  ["pod/db", "pod/api:8080"],
  ["pod/db", "pod/front:8080"],
  ["pod/street/api", "pod/db:8080"],
  ["pod/street/front", "pod/api:8080"],
] as const;

export default {
  scenarios: [
    {
      name: "The api is let in to the database",
      task: 1,
      points: 2,
      async run(scene) {
        await begin(scene);
        // A message has no port: whoever is let in by a rule, at whatever port, may send one.
        await expectAnswer(scene, "api", { to: "pod/db" }, "db");
      },
    },
    {
      name: "And it is let in at the right port",
      task: 2,
      points: 2,
      async run(scene) {
        await begin(scene);
        await expectAnswer(scene, "api", { url: "http://db" }, "db");
      },
    },
    {
      name: "Nobody else gets in, and the front reaches the api",
      task: 3,
      points: 3,
      async run(scene) {
        await begin(scene);
        await scene.cluster.apply(strangers);
        for (const name of ["stranger", "street/api", "street/front"])
          await scene.cluster.waitFor(`Pod/${name}`, "Ready");
        for (const [from, to] of denied) {
          const { allowed, text } = await scene.cluster.policy.test(from, to);
          const did = `${applied}, and asked: k4s policy test ${from} ${to}`;
          scene.expect(!allowed, { did, expected: "denied", happened: text.trimEnd() });
        }
        await expectAnswer(scene, "front", { url: "http://api" }, "api");
        await expectAnswer(scene, "api", { url: "http://db" }, "db");
      },
    },
  ],
} satisfies Check;

/** The three pods run, and the learner's policies hold. */
async function begin(scene: Scene): Promise<void> {
  await scene.cluster.apply(scene.manifest);
  for (const name of ["front", "api", "db"]) await scene.cluster.waitFor(`Pod/${name}`, "Ready");
  await scene.applyLearners();
  const policies = await scene.cluster.list("NetworkPolicy");
  scene.expect(policies.length > 0, {
    did: applied,
    expected: "NetworkPolicies",
    happened: "there are none",
  });
}

async function expectAnswer(scene: Scene, from: string, body: object, expected: string): Promise<void> {
  const what = "url" in body ? `fetch ${body.url}` : "send a message to pod/db";
  await scene.until(
    () => scene.ask(`pod/${from}`, body),
    outcome => "reply" in outcome && outcome.reply === expected,
    { did: `${applied}, and had ${from} ${what}`, expected: `an answer of ${expected}` },
    outcome => ("reply" in outcome ? `the answer ${outcome.reply}` : showError(outcome.error)),
  );
}
