/** The option `authorize`: what a caller may not do is refused, and what it may not read is not told in any way. */
import { afterEach, describe, expect, test } from "vitest";
import type { ApiError } from "../errors/index.ts";
import type { Attributes, Authorize } from "../resources/index.ts";
import { Cluster } from "./cluster.ts";

let cluster: Cluster;
afterEach(() => cluster.stop());

async function running(authorize: Authorize): Promise<void> {
  cluster = new Cluster({ authorize, nodes: 1, runtime: "hollow" });
  await cluster.start();
}

const refusal = async (deed: () => unknown): Promise<ApiError> => {
  try {
    await deed();
  } catch (error) {
    return error as ApiError;
  }
  return expect.fail("nothing was refused");
};

/** All but ConfigMaps, once `closed` says so. */
let closed = false;
const butConfigMaps: Authorize = (_, { resource }) => ({ allowed: !closed || resource !== "configmaps" });

const map = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "m" }, data: { a: "b" } } as const;

describe("authorize", () => {
  test("refuses every call about what may not be read, and history leaves it out", async () => {
    closed = false;
    await running(butConfigMaps);
    await cluster.create(map);
    await cluster.create({ apiVersion: "v1", kind: "Secret", metadata: { name: "s" } });
    const { revision } = cluster;
    expect(cluster.history().some(({ key }) => key.kind === "ConfigMap")).toBe(true);
    closed = true;
    for (const call of [
      () => cluster.get("ConfigMap", "m"),
      () => cluster.list("ConfigMap"),
      () => cluster.table("ConfigMap"),
      () => cluster.apply(map),
      () => cluster.update(map),
      () => cluster.patch("ConfigMap", "m", {}),
      () => cluster.delete("ConfigMap", "m"),
      () => cluster.deleteCollection("ConfigMap"),
      () => cluster.waitFor("ConfigMap/m", "deleted"),
      () => cluster.watch("ConfigMap"),
      () => cluster.timeline("ConfigMap/m"),
      () => cluster.why("ConfigMap/m"),
      () => cluster.at(revision).get("ConfigMap", "default", "m"),
      () => cluster.at(revision).list("ConfigMap"),
    ])
      expect((await refusal(call)).reason, call.toString()).toBe("Forbidden");
    expect(cluster.history().some(({ key }) => key.kind === "ConfigMap")).toBe(false);
    expect(cluster.timeline().some(({ key }) => key.kind === "ConfigMap")).toBe(false);
    expect(cluster.history().some(({ key }) => key.kind === "Secret")).toBe(true);
    expect(cluster.at(revision).get("Secret", "default", "s")).toBeDefined();
  });

  test("causes that may not be read are not told", async () => {
    let hidden = "";
    await running((_, { resource }) => ({ allowed: resource !== hidden }));
    await cluster.apply({ kind: "Container", metadata: { name: "c" }, spec: { module: "x" } });
    await cluster.waitFor("Pod/c", pod => pod !== undefined);
    expect(cluster.why("Pod/c").map(({ key }) => key.kind)).toContain("Container");
    hidden = "containers";
    const kinds = cluster.why("Pod/c").map(({ key }) => key.kind);
    expect(kinds).toContain("Pod");
    expect(kinds).not.toContain("Container");
    expect(cluster.timeline("Pod/c").some(({ because }) => because?.key.kind === "Container")).toBe(false);
  });

  test("logs are asked for as well", async () => {
    const asked: Attributes[] = [];
    await running((_, attributes) => {
      asked.push(attributes);
      return { allowed: !["log"].includes(attributes.subresource) };
    });
    expect((await refusal(() => cluster.logs("Pod/none"))).reason).toBe("Forbidden");
    expect(asked.at(-1)).toMatchObject({ verb: "get", resource: "pods", subresource: "log", name: "none" });
  });

  test("what a waiting is told names nothing that may not be read", async () => {
    let mayRead = true;
    await running((_, { verb, resource }) => ({
      allowed: resource !== "configmaps" || mayRead || verb === "watch",
    }));
    await cluster.create(map);
    const late = async () => (await refusal(() => cluster.waitFor("ConfigMap/n", "Ready", soon))).message;
    const soon = { timeoutMs: 1 };
    expect(await late()).toContain('did you mean "m"');
    mayRead = false;
    expect(await late()).not.toContain("did you mean");
  });

  test("one that answers later does for all that waits; the rest says that it cannot", async () => {
    await running(async (_, { resource }) => ({ allowed: resource !== "secrets" }));
    await cluster.create(map);
    expect((await cluster.get("ConfigMap", "m"))?.data).toEqual({ a: "b" });
    expect((await cluster.waitFor("ConfigMap/m", object => object !== undefined))?.data).toEqual({ a: "b" });
    for await (const { object } of cluster.watch("ConfigMap")) {
      expect(object.metadata.name).toBe("m");
      break;
    }
    expect((await refusal(() => cluster.list("Secret"))).reason).toBe("Forbidden");
    const late = await refusal(() => cluster.waitFor("ConfigMap/m", "Ready", { timeoutMs: 1 }));
    expect(late.message).toContain("its status was last {}");
    expect((await refusal(() => cluster.why("ConfigMap/m"))).message).toContain("returned a promise");
  });

  test.each([
    [true, "not true"],
    [undefined, "not undefined"],
    [{ allowed: "yes" }, 'not {"allowed":"yes"}'],
  ])("what is no answer is told: %j", async (answer, problem) => {
    await running(() => answer as never);
    const error = await refusal(() => cluster.list("Pod"));
    expect(error).toMatchObject({ reason: "InternalError", message: expect.stringContaining(problem) });
  });

  test("is a function", () => {
    cluster = new Cluster();
    expect(() => new Cluster({ authorize: {} as never })).toThrow("authorize must be a function");
  });
});
