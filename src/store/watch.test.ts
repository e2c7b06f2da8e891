import { describe, expect, test } from "vitest";
import type { KubernetesObject } from "../resources/index.ts";
import { configMap, testWorld, user } from "./test-kinds.ts";
import type { ObjectWatch, WatchEvent } from "./watch.ts";

const by = { author: user };

function line({ type, object }: WatchEvent): string {
  return type === "BOOKMARK"
    ? `BOOKMARK ${object.metadata.resourceVersion}`
    : `${type} ${object.metadata.name}`;
}

/** The next so many events, one line each. */
async function read<T extends KubernetesObject>(watch: ObjectWatch<T>, count: number): Promise<string[]> {
  const lines: string[] = [];
  while (lines.length < count) {
    const { done, value } = await watch.next();
    lines.push(done ? "the end" : line(value));
  }
  return lines;
}

describe("a watch", () => {
  test("tells what is there, says when that was all, and then every change", async () => {
    const { registry } = await testWorld();
    await registry.create(configMap("one"), by);
    await registry.create(configMap("two"), by);
    const watch = registry.watch("ConfigMap");
    await registry.update(configMap("one", {}, { a: "2" }), by);
    await registry.delete("ConfigMap", "demo", "two", by);
    expect(await read(watch, 5)).toEqual([
      "ADDED one",
      "ADDED two",
      "BOOKMARK 5",
      "MODIFIED one",
      "DELETED two",
    ]);
  });

  test("given a resourceVersion tells what came after it", async () => {
    const { registry } = await testWorld();
    const { resourceVersion } = (await registry.create(configMap("one"), by)).metadata;
    await registry.create(configMap("two"), by);
    const watch = registry.watch("ConfigMap", { resourceVersion });
    await registry.create(configMap("three"), by);
    expect(await read(watch, 2)).toEqual(["ADDED two", "ADDED three"]);
  });

  test("lets readers wait, each for the next event", async () => {
    const { registry } = await testWorld();
    const watch = registry.watch("ConfigMap");
    const lines = Promise.all([read(watch, 1), read(watch, 1), read(watch, 1)]);
    await registry.create(configMap("one"), by);
    await registry.create(configMap("two"), by);
    expect(await lines).toEqual([["BOOKMARK 3"], ["ADDED one"], ["ADDED two"]]);
  });

  test("of some objects sees one come and go as it begins and ceases to fit", async () => {
    const { registry } = await testWorld();
    const matches = ({ metadata }: KubernetesObject) => metadata.labels?.app === "web";
    const watch = registry.watch("ConfigMap", { matches, namespace: "demo" });
    await registry.create(configMap("other"), by);
    await registry.create(configMap("it"), by);
    await registry.update(configMap("it", { labels: { app: "web" } }), by);
    await registry.update(configMap("it", { labels: { app: "web" } }, { a: "2" }), by);
    await registry.update(configMap("it"), by);
    await registry.update(configMap("it", { labels: { app: "web" } }), by);
    await registry.delete("ConfigMap", "demo", "it", by);
    expect(await read(watch, 6)).toEqual([
      "BOOKMARK 3",
      "ADDED it",
      "MODIFIED it",
      "DELETED it",
      "ADDED it",
      "DELETED it",
    ]);
  });

  test("that is not read does not fill memory: it ends with Expired after what was kept", async () => {
    const { registry } = await testWorld();
    await registry.create(configMap("first"), by);
    const watch = registry.watch("ConfigMap", { limit: 3 });
    for (let i = 0; i < 10_000; i++) await registry.update(configMap("first", {}, { i }), by);
    expect(await read(watch, 5)).toEqual([
      "ADDED first",
      "BOOKMARK 4",
      "MODIFIED first",
      "MODIFIED first",
      "MODIFIED first",
    ]);
    await expect(watch.next()).rejects.toMatchObject({ reason: "Expired" });
    expect(await read(watch, 1)).toEqual(["the end"]);
  });

  test("that is read is never too slow, however much it was told", async () => {
    const { registry } = await testWorld();
    const watch = registry.watch("ConfigMap", { limit: 3 });
    await watch.next();
    await registry.create(configMap("it"), by);
    await watch.next();
    for (let i = 0; i < 5000; i++) {
      await registry.update(configMap("it", {}, { i }), by);
      expect((await watch.next()).value.object).toMatchObject({ data: { i } });
    }
  });

  test("ends when its reader leaves the loop", async () => {
    const { registry } = await testWorld();
    await registry.create(configMap("one"), by);
    const watch = registry.watch("ConfigMap");
    for await (const { type } of watch) if (type === "BOOKMARK") break;
    await registry.create(configMap("two"), by);
    expect(await read(watch, 1)).toEqual(["the end"]);
  });

  test("ends by its signal, also for those who wait, and lets go of the signal", async () => {
    const { registry } = await testWorld();
    const controller = new AbortController();
    const watch = registry.watch("ConfigMap", { signal: controller.signal });
    await watch.next();
    const waiting = read(watch, 1);
    controller.abort();
    expect(await waiting).toEqual(["the end"]);
    await registry.create(configMap("two"), by);
    expect(await read(watch, 1)).toEqual(["the end"]);
    expect(await read(registry.watch("ConfigMap", { signal: controller.signal }), 1)).toEqual(["the end"]);
  });

  test.each(["x", "-1", "1.5", "999999999999999999"])(
    "from the resourceVersion %j is refused",
    async resourceVersion => {
      const { registry } = await testWorld();
      expect(() => registry.watch("ConfigMap", { resourceVersion })).toThrow(
        expect.objectContaining({ reason: "BadRequest" }),
      );
    },
  );
});
