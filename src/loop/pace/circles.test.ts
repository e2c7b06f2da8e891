/** No controller writes in a circle: whatever two of them, or one alone, do to each other, the writes of a minute are bounded. */
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import type { KubernetesObject } from "../../resources/index.ts";
import { type Controller, controller, type World } from "../controller.ts";
import { again, settled } from "../outcome.ts";
import { configMap, TestCluster } from "../test-cluster.ts";

let cluster: TestCluster;

afterEach(async () => {
  await cluster.stop();
  const others = cluster.failures.filter(each => !String(each).includes("run after run and does nothing"));
  expect(others).toEqual([]);
});

type Look = (object: KubernetesObject, world: World) => Promise<unknown>;

/** A controller over ConfigMaps that does this each time it looks at one. */
function over(name: string, look: Look, asked?: number): Controller {
  const reconcile = async (object: KubernetesObject, world: World) => {
    await look(object, world);
    return asked === undefined ? settled : again(asked);
  };
  const wakesParent = {
    kind: "ConfigMap",
    keys: () => [{ kind: "ConfigMap", namespace: "demo", name: "a" }],
  };
  return controller({ name, kind: "ConfigMap", wokenBy: [wakesParent], reconcile }) as Controller;
}

const labelled = (object: KubernetesObject, labels: Record<string, string>) => ({
  ...object,
  metadata: { ...object.metadata, labels },
});

/** Writes the label that it wants, whatever is there. */
const wants =
  (value: string): Look =>
  async (object, world) =>
    object.metadata.name === "a" && object.metadata.labels?.is !== value
      ? world.update(labelled(object, { is: value }))
      : undefined;

const toggles: Look = async (object, world) =>
  world.update(labelled(object, { is: object.metadata.labels?.is === "on" ? "off" : "on" }));

const counts: Look = async (object, world) =>
  world.update(labelled(object, { is: `${Number(object.metadata.labels?.is ?? 0) + 1}` }));

const makes =
  (name: object): Look =>
  async (_, world) => {
    const hasChild = world.list("ConfigMap").some(({ metadata }) => metadata.name.startsWith("child"));
    return hasChild ? undefined : world.create(configMap("", { ...name }));
  };

const removesChildren: Look = async ({ metadata }, world) => {
  for (const child of world.list("ConfigMap"))
    if (child.metadata.name.startsWith("child") && metadata.name === "a") await world.delete(child);
};

/** Each object is followed by another: it goes, or stays. */
const followed =
  (goes: boolean): Look =>
  async (object, world) => {
    const { name } = object.metadata;
    if (world.list("ConfigMap").some(({ metadata }) => metadata.labels?.after === name)) return undefined;
    if (goes) await world.delete(object);
    return world.create(configMap("", { generateName: `${name.slice(0, 9)}-`, labels: { after: name } }));
  };

const circles: Record<string, Look[]> = {
  "two that want another label": [wants("x"), wants("y")],
  "three that want another label": [wants("x"), wants("y"), wants("z")],
  "one that toggles": [toggles],
  "one that counts its own looks": [counts],
  "two that count on each other": [counts, counts],
  "one that makes what the other removes": [makes({ name: "child" }), removesChildren],
  "the same, with a generated name": [makes({ generateName: "child-" }), removesChildren],
};
/** Each object that they make has a key of its own. */
const spawning: Record<string, Look[]> = {
  "one whose every object goes and makes another": [followed(true)],
  "one whose every object makes another": [followed(false)],
};

/** `asked`: in how many milliseconds each of them wants to look again. */
async function run(looks: readonly Look[], asked?: number): Promise<void> {
  cluster = await TestCluster.of(...looks.map((look, index) => over(`c${index}`, look, asked)));
  await cluster.create(configMap("a"));
}

describe.each([undefined, 0, 1])("a circle is slowed down, also where each asks for again(%s)", asked => {
  test.each(Object.entries({ ...circles, ...spawning }))("%s", async (_, looks) => {
    await run(looks, asked);
    await cluster.advance(120_000);
    const writes = await cluster.writesDuring(() => cluster.advance(600_000));
    expect(writes / 10).toBeLessThan(40);
    expect(cluster.events.join("\n")).toMatch(/Warning WritesInCircle ConfigMap\/.*writes the same/);
  });
});

test("one that makes a child because of the last is slowed down", async () => {
  await run([
    async ({ metadata }, world) =>
      metadata.name === "a" && world.create(configMap("", { generateName: "child-" })),
  ]);
  await cluster.advance(120_000);
  expect(cluster.names("ConfigMap").length).toBeLessThan(200);
  expect(cluster.events.join("\n")).toContain("(create ConfigMap demo/child-*)");
});

test("a person is not kept waiting, and a circle that ended is forgotten", async () => {
  let isOn = true;
  await run([wants("x"), async (object, world) => (isOn ? wants("y")(object, world) : undefined)]);
  await cluster.advance(300_000);
  isOn = false;
  const change = () =>
    cluster.change("ConfigMap", "a", object => labelled(object as KubernetesObject, {}) as never);
  await change();
  await cluster.settle();
  expect(cluster.the("ConfigMap", "a").metadata.labels).toEqual({ is: "x" });
  await cluster.advance(300_000);
  for (let i = 0; i < 15; i++) {
    await change();
    await cluster.settle();
    expect(cluster.the("ConfigMap", "a").metadata.labels).toEqual({ is: "x" });
  }
});

test("what a person asks for by way of another controller is no circle, however often it is the same", async () => {
  const copies: Look = async ({ metadata: { name, labels = {} } }, world) => {
    const copy = world.get("ConfigMap", "demo", "copy");
    if (name === "a" && copy && copy.metadata.labels?.is !== labels.is)
      await world.update(labelled(copy, { is: labels.is ?? "" }));
  };
  const answers: Look = async ({ metadata: { name, labels = {} } }, world) => {
    const copy = world.get("ConfigMap", "demo", "copy");
    if (name !== "copy" || !copy) return;
    const answer = world.list("ConfigMap").find(({ metadata }) => metadata.name === "answer");
    if (labels.is === "on" && !answer) await world.create(configMap("answer"));
    if (labels.is !== "on" && answer) await world.delete(answer);
  };
  await run([copies, answers]);
  await cluster.create(configMap("copy"));
  for (let i = 0; i < 120; i++) {
    const is = i % 2 === 0 ? "on" : "off";
    await cluster.change("ConfigMap", "a", object => labelled(object as KubernetesObject, { is }) as never);
    await cluster.advance(50);
    expect([i, cluster.names("ConfigMap").includes("answer")]).toEqual([i, is === "on"]);
  }
  expect(cluster.events.filter(each => each.includes("WritesInCircle"))).toEqual([]);
});

test("what goes forward is no circle, however fast and long", async () => {
  const steps =
    (until: number): Look =>
    async (object, world) => {
      const step = Number(object.metadata.labels?.step ?? 0);
      return step < until ? world.update(labelled(object, { step: `${step + 1}` })) : undefined;
    };
  await run([steps(80)]);
  await cluster.settle();
  expect(cluster.the("ConfigMap", "a").metadata.labels).toEqual({ step: "80" });
});

test("what one key makes because of what it made before is its work, not a circle of new keys", async () => {
  // As a job: the next is made when the last is done, here by being there.
  await run([
    async ({ metadata }, world) => {
      const count = world.list("ConfigMap").length;
      return metadata.name === "a" && count <= 80
        ? world.create(configMap(`task-${count}`, { labels: { of: "a" } }))
        : undefined;
    },
  ]);
  await cluster.settle();
  expect(cluster.names("ConfigMap")).toHaveLength(81);
});

test("random circles of random controllers", async () => {
  const names = Object.keys(circles);
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 3 }),
      async chosen => {
        await run(chosen.flatMap(name => circles[name] ?? []));
        await cluster.advance(180_000);
        const writes = await cluster.writesDuring(() => cluster.advance(300_000));
        await cluster.stop();
        expect(writes / 5).toBeLessThan(60 * chosen.length);
      },
    ),
    { numRuns: 12 },
  );
});
