/** A change of a worker of a joined node that others get in the way of. */
import { expect, test } from "vitest";
import { ApiError } from "../../errors/index.ts";
import { type Draft, KindRegistry, type KubernetesObject } from "../../resources/index.ts";
import { serviceAccountUser } from "../../store/index.ts";
import { appliable } from "./pod-apply.ts";

const kind = new KindRegistry().find("ConfigMap");
const caller = { actor: "pod/a/b", user: serviceAccountUser("a", "default"), manager: "worker" };
const target = { kind, namespace: "a", name: "c" };

function server(conflicts: number) {
  const patches: object[] = [];
  let revision = 1;
  const { change } = appliable(async (_, method = "GET", body) => {
    const metadata = { name: "c", namespace: "a", resourceVersion: String(revision) };
    if (method === "GET") return { kind: "ConfigMap", metadata, data: { a: "1" }, gone: 1 };
    patches.push(body as object);
    revision++;
    if (patches.length <= conflicts) throw new ApiError("Conflict", "the object has been modified");
    return { done: true };
  });
  return { patches, change };
}

const changed = (live: KubernetesObject) => {
  const { gone: _, ...rest } = live as unknown as Record<string, unknown>;
  return { ...rest, data: { a: "2" }, "x/y~z": 1 } as unknown as Draft;
};

test("is made on the condition that the object is as it was read, and tried again where it is not", async () => {
  const { patches, change } = server(1);
  expect(await change(caller, target, changed)).toEqual({ object: { done: true }, outcome: "changed" });
  const ops = (revision: string) => [
    { op: "add", path: "/data", value: { a: "2" } },
    { op: "remove", path: "/gone" },
    { op: "add", path: "/x~1y~0z", value: 1 },
    { op: "add", path: "/metadata/resourceVersion", value: revision },
  ];
  expect(patches).toEqual([ops("1"), ops("2")]);
});

test("is given up at last, and is none where nothing is otherwise", async () => {
  const { patches, change } = server(Number.POSITIVE_INFINITY);
  await expect(change(caller, target, changed)).rejects.toMatchObject({ reason: "Conflict" });
  expect(patches).toHaveLength(10);
  const same = await change(caller, target, live => live as unknown as Draft);
  expect(same.outcome).toBe("unchanged");
  expect(patches).toHaveLength(10);
});
