/** The journal keeps every promise of a store, opens again with all that was acknowledged, and refuses what is damaged. */
import { afterEach, expect, test } from "vitest";
import { Deferred, VirtualClock } from "../../../outside/index.ts";
import type { KubernetesObject } from "../../../resources/index.ts";
import { CrashingFolder, full } from "../../../simulate/crashing-folder.ts";
import { type StoreUnderTest, storeSuite } from "../../store.suite.ts";
import { author, draft, key, rethrow } from "../../test-worlds.ts";
import { watchSuite } from "../../watchers.suite.ts";
import type { JournalFolder } from "./folder.ts";
import { frameOf } from "./frames.ts";
import { heldFolder } from "./held-folder.ts";
import { JournalStore, type JournalStoreOptions } from "./journal-store.ts";

const open: JournalStore[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(store => store.close()));
});

function make(
  options: Partial<Omit<JournalStoreOptions, "clock" | "content"> & Pick<StoreUnderTest, "content">> &
    StoreUnderTest,
): JournalStore {
  const store = new JournalStore({ folder: new CrashingFolder(), onSnapshotFault: rethrow, ...options });
  open.push(store);
  return store;
}

async function opened(
  folder: JournalFolder,
  options: Partial<Omit<JournalStoreOptions, "clock" | "content"> & Pick<StoreUnderTest, "content">> = {},
): Promise<JournalStore> {
  const store = make({ clock: new VirtualClock(), onFault: rethrow, folder, ...options });
  await store.open();
  return store;
}

storeSuite("in a journal", options => make(options));
storeSuite("in a journal that writes all objects down again and again", options =>
  make({ ...options, snapshotBytes: 1 }),
);
watchSuite("in a journal", async options => {
  const store = make(options);
  await store.open();
  return store;
});

function pod(name: string, spec?: unknown): KubernetesObject {
  const { metadata } = draft();
  return {
    ...draft(),
    metadata: { ...metadata, name, uid: name },
    ...(spec !== undefined && { spec }),
  } as KubernetesObject;
}

test("opened again it holds what it held, goes on with its revisions, and remembers who wrote what", async () => {
  const folder = new CrashingFolder();
  const store = await opened(folder);
  const a = await store.add(key("Pod", "a", "a"), pod("a"), { ...author, cause: 7 });
  const b = await store.add(key("Pod", "a", "b"), pod("b"), author);
  await store.replace(key("Pod", "a", "a"), a, { ...a, spec: { é: "ü" } } as KubernetesObject, author);
  await store.remove(key("Pod", "a", "b"), b, author);
  await store.close();

  const again = await opened(folder);
  expect(again.list("Pod")).toEqual(store.list("Pod"));
  expect(again.revision).toBe(store.revision);
  expect(again.history({ after: 0 })).toEqual(store.history({ after: 0 }));
  expect(again.at(2).list("Pod")).toEqual(store.at(2).list("Pod"));
  const c = await again.add(key("Pod", "a", "c"), pod("c"), author);
  expect(c.metadata.resourceVersion).toBe("5");
});

test("what is still on its way to the disk is neither read nor told", async () => {
  const folder = new CrashingFolder();
  const store = await opened(folder);
  const told: number[] = [];
  store.watch({}, ({ revision }) => void told.push(revision));
  const written = store.add(key("Pod", "a", "a"), pod("a"), author);
  expect(store.get("Pod", "a", "a")).toBeUndefined();
  expect(store.revision).toBe(0);
  expect(told).toEqual([]);
  await written;
  expect(told).toEqual([1]);
});

test("two writes that build on one version: the second waits for the first, and is refused with what it can read then", async () => {
  const folder = new CrashingFolder();
  const store = await opened(folder);
  const a = await store.add(key("Pod", "a", "a"), pod("a"), author);
  const [one, two] = await Promise.allSettled([
    store.replace(key("Pod", "a", "a"), a, pod("a", 1), author),
    store.replace(key("Pod", "a", "a"), a, pod("a", 2), author),
  ]);
  expect(one.status).toBe("fulfilled");
  expect(two).toMatchObject({ reason: { reason: "Conflict" } });
  expect(store.get<string>("Pod", "a", "a")).toMatchObject({ spec: 1 });
});

test("many writers share one sync", async () => {
  const folder = new CrashingFolder();
  const store = await opened(folder);
  let syncs = 0;
  folder.fault = operation => {
    if (operation === "sync") syncs++;
    return undefined;
  };
  await Promise.all(
    Array.from({ length: 100 }, (_, i) => store.add(key("Pod", "a", `${i}`), pod(`${i}`), author)),
  );
  expect(syncs).toBeLessThanOrEqual(2);
});

test("with more changes than there are objects, the objects are written down and the changes let go", async () => {
  const folder = new CrashingFolder();
  const store = await opened(folder, { snapshotBytes: 4_000 });
  let last = await store.add(key("Pod", "a", "a"), pod("a"), author);
  for (let i = 0; i < 100; i++)
    last = await store.replace(key("Pod", "a", "a"), last, pod("a", { i }), author);
  await store.close();
  expect(folder.names()).toHaveLength(2);
  expect(Buffer.concat(folder.names().map(name => folder.bytes(name))).length).toBeLessThan(10_000);
  const again = await opened(folder);
  expect(again.list("Pod")).toEqual([last]);
  expect(again.revision).toBe(101);
  expect(() => again.watch({ after: 1 }, () => {})).toThrow(expect.objectContaining({ reason: "Expired" }));
});

test("a snapshot that cannot be written is told of, and nothing else suffers", async () => {
  const folder = new CrashingFolder();
  const faults: unknown[] = [];
  folder.fault = (operation, name) =>
    operation === "write" && name.startsWith("objects-") ? full() : undefined;
  const store = await opened(folder, {
    snapshotBytes: 500,
    onSnapshotFault: fault => void faults.push(fault),
  });
  for (let i = 0; i < 10; i++) await store.add(key("Pod", "a", `${i}`), pod(`${i}`), author);
  await store.close();
  expect(faults.length).toBeGreaterThan(0);
  expect(folder.names().filter(name => name.startsWith("objects-"))).toEqual([]);
  expect((await opened(folder)).count("Pod")).toBe(10);
});

test("a segment that cannot be begun is told of, and all goes on in the one before", async () => {
  const folder = new CrashingFolder();
  const faults: unknown[] = [];
  const store = await opened(folder, {
    snapshotBytes: 500,
    onSnapshotFault: fault => void faults.push(fault),
  });
  folder.fault = (operation, name) =>
    operation === "write" && name !== "changes-0000000000000000" ? full() : undefined;
  for (let i = 0; i < 10; i++) await store.add(key("Pod", "a", `${i}`), pod(`${i}`), author);
  await store.close();
  expect(faults.length).toBeGreaterThan(0);
  expect(folder.names()).toEqual(["changes-0000000000000000"]);
  expect((await opened(folder)).count("Pod")).toBe(10);
});

test("a segment that cannot be begun for want of descriptors breaks nothing, and is not tried with each write", async () => {
  const folder = new CrashingFolder();
  const faults: unknown[] = [];
  const onSnapshotFault = (fault: unknown) => void faults.push(fault);
  const store = await opened(folder, { snapshotBytes: 4_000, onSnapshotFault });
  folder.fault = operation =>
    operation === "open" || operation === "sync folder"
      ? new Error("EMFILE: too many open files")
      : undefined;
  for (let i = 0; i < 100; i++) await store.add(key("Pod", "a", `${i}`), pod(`${i}`), author);
  expect(faults.length).toBeGreaterThan(1);
  expect(faults.length).toBeLessThan(20);
  folder.fault = () => undefined;
  for (let i = 100; i < 200; i++) await store.add(key("Pod", "a", `${i}`), pod(`${i}`), author);
  await store.close();
  expect(folder.names().some(name => name.startsWith("objects-"))).toBe(true);
  expect((await opened(folder)).count("Pod")).toBe(200);
});

test("where the folder is another's by now nothing is written any more", async () => {
  const folder = new CrashingFolder();
  let owner = "us";
  const store = await opened(
    heldFolder(folder, async () => {
      if (owner !== "us") throw new Error("another process has it");
    }),
  );
  await store.add(key("Pod", "a", "a"), pod("a"), author);
  owner = "they";
  const before = folder.bytes("changes-0000000000000000");
  for (const name of ["b", "c"])
    await expect(store.add(key("Pod", "a", name), pod(name), author)).rejects.toMatchObject({
      reason: "ServiceUnavailable",
      message: expect.stringContaining("another process has it"),
    });
  await store.close();
  expect(folder.bytes("changes-0000000000000000")).toEqual(before);
});

test.each(["sync", "truncate"] as const)(
  "who is halted while it begins a segment (%s), and wakes when another goes on from there, takes nothing back",
  async halting => {
    const folder = new CrashingFolder();
    let owner = "first";
    let isHalted = false;
    const halted = new Deferred<void>();
    const woken = new Deferred<void>();
    const halt = async () => {
      if (isHalted) return;
      isHalted = true;
      halted.resolve();
      await woken.promise;
    };
    const slow: JournalFolder = {
      list: () => folder.list(),
      read: name => folder.read(name),
      rename: (name, to) => folder.rename(name, to),
      remove: name => folder.remove(name),
      async open(name) {
        const file = await folder.open(name);
        if (halting === "truncate" && name !== "changes-0000000000000000") await halt();
        return file;
      },
      async sync() {
        await folder.sync();
        if (halting === "sync" && folder.names().length > 1) await halt();
      },
    };
    const own = heldFolder(slow, async () => {
      if (owner !== "first") throw new Error("another process has it");
    });
    const faults: unknown[] = [];
    const first = await opened(own, { snapshotBytes: 1, onSnapshotFault: fault => void faults.push(fault) });
    await first.add(key("Pod", "a", "a"), pod("a"), author);
    await halted.promise;
    owner = "second";
    const second = await opened(folder);
    await second.add(key("Pod", "a", "b"), pod("b"), author);
    woken.resolve();
    await expect(first.add(key("Pod", "a", "c"), pod("c"), author)).rejects.toMatchObject({
      reason: "ServiceUnavailable",
    });
    await first.close();
    await second.add(key("Pod", "a", "d"), pod("d"), author);
    await second.close();
    const third = await opened(folder);
    expect(third.list("Pod").map(({ metadata }) => metadata.name)).toEqual(["a", "b", "d"]);
    expect(faults).toEqual([
      expect.objectContaining({ message: expect.stringContaining("another process has it") }),
    ]);
  },
);

test("who watches before the store is open is not told of what was there", async () => {
  const folder = await filled();
  const store = make({ clock: new VirtualClock(), onFault: rethrow, folder });
  const told: number[] = [];
  store.watch({}, ({ revision }) => void told.push(revision));
  await store.open();
  expect(told).toEqual([]);
  await store.add(key("Pod", "a", "d"), pod("d"), author);
  expect(told).toEqual([7]);
});

test("an object that is no JSON is refused, and harms no other", async () => {
  const store = await opened(new CrashingFolder());
  await expect(store.add(key("Pod", "a", "a"), pod("a", 1n), author)).rejects.toThrow("BigInt");
  await store.add(key("Pod", "a", "b"), pod("b"), author);
});

test("a full disk refuses writes until there is room again; they have not happened, and nothing is left of them", async () => {
  const folder = new CrashingFolder();
  const store = await opened(folder);
  await store.add(key("Pod", "a", "a"), pod("a"), author);
  folder.capacity = folder.bytes("changes-0000000000000000").length + 100;
  const refused = await Promise.allSettled(
    ["b", "c"].map(name => store.add(key("Pod", "a", name), pod(name), author)),
  );
  for (const each of refused)
    expect(each).toMatchObject({
      reason: { reason: "ServiceUnavailable", message: expect.stringContaining("no space left on device") },
    });
  expect(store.list("Pod")).toHaveLength(1);
  expect(store.broken).toMatchObject({ message: expect.stringContaining("no space left on device") });
  folder.capacity = Number.POSITIVE_INFINITY;
  await store.add(key("Pod", "a", "d"), pod("d"), author);
  expect(store.broken).toBeUndefined();
  await store.close();
  const again = await opened(folder);
  expect(again.list("Pod").map(({ metadata }) => metadata.name)).toEqual(["a", "d"]);
});

test.each(["sync", "truncate"] as const)(
  "where a %s fails nobody knows what is on the disk: nothing is written any more, and all who wait are told",
  async operation => {
    const folder = new CrashingFolder();
    const store = await opened(folder);
    await store.add(key("Pod", "a", "a"), pod("a"), author);
    if (operation === "truncate") folder.capacity = 0;
    folder.fault = each => (each === operation ? new Error("EIO: i/o error") : undefined);
    const writes = ["b", "c", "d"].map(name => store.add(key("Pod", "a", name), pod(name), author));
    for (const each of await Promise.allSettled(writes))
      expect(each).toMatchObject({ reason: { reason: "ServiceUnavailable" } });
    folder.fault = () => undefined;
    await expect(store.add(key("Pod", "a", "e"), pod("e"), author)).rejects.toMatchObject({
      message: expect.stringContaining("takes no more writes until it is opened anew"),
    });
    expect(store.list("Pod")).toHaveLength(1);
  },
);

/** A folder with a snapshot, and changes after it. */
async function filled(): Promise<CrashingFolder> {
  const folder = new CrashingFolder();
  const content = [
    {
      key: key("Pod", "a", "0"),
      object: { ...pod("0"), metadata: { ...pod("0").metadata, resourceVersion: "3" } },
    },
  ];
  const store = await opened(folder, { content });
  for (const name of ["a", "b", "c"]) await store.add(key("Pod", "a", name), pod(name), author);
  await store.close();
  return folder;
}

const changes = "changes-0000000000000003";
const objects = "objects-0000000000000003";

test("content is taken into a folder where there is no journal, and only there", async () => {
  const folder = await filled();
  expect(folder.names()).toEqual([changes, objects]);
  const again = await opened(folder, { content: [{ key: key("Pod", "a", "other"), object: pod("other") }] });
  expect(again.list("Pod").map(({ metadata }) => metadata.name)).toEqual(["0", "a", "b", "c"]);
});

test.each<[string, (folder: CrashingFolder) => unknown, string]>([
  [
    "a byte of the snapshot",
    folder => flip(folder, objects, 40),
    `${objects} is damaged: the record at byte`,
  ],
  ["a byte of a change", folder => flip(folder, changes, 200), `${changes} is damaged: the record at byte`],
  ["the end of the snapshot", folder => cut(folder, objects, 30), `${objects} is damaged`],
  [
    "the last record of the snapshot",
    folder => folder.put(objects, withoutFrame(folder.bytes(objects), 2)),
    `${objects} is damaged: it has 1 objects, and should have more`,
  ],
  [
    "a record within the snapshot",
    folder => folder.put(objects, withoutFrame(folder.bytes(objects), 1)),
    `${objects} is damaged: it has 0 objects, and should have 1`,
  ],
  ["the snapshot", folder => folder.remove(objects), `${changes} is damaged: it goes on from revision 3`],
  [
    "a change in the middle",
    folder => folder.put(changes, withoutFrame(folder.bytes(changes), 2)),
    "changes between the revisions 4 and 5 are missing",
  ],
  [
    "the format, for it is newer",
    folder => folder.put(changes, frameOf(JSON.stringify({ format: 2, holds: "changes", revision: 3 }))),
    `${changes} was written by a newer k4s`,
  ],
  [
    "all of it",
    folder => folder.put(changes, Buffer.alloc(4_096)),
    `${changes} is damaged: its first record`,
  ],
  [
    "what it is",
    folder => folder.put(changes, frameOf(JSON.stringify({ format: 1, holds: "changes", revision: 9 }))),
    `${changes} is damaged: its first record`,
  ],
])("refused, and left as it is, where it lacks or has wrong: %s", async (_, harm, message) => {
  const folder = await filled();
  await harm(folder);
  const before = folder.names().map(name => [name, folder.bytes(name)]);
  await expect(opened(folder)).rejects.toMatchObject({
    reason: "ServiceUnavailable",
    message: expect.stringContaining(message),
  });
  expect(folder.names().map(name => [name, folder.bytes(name)])).toEqual(before);
});

/** @param place from the end where it is negative */
function flip(folder: CrashingFolder, name: string, place: number): void {
  const bytes = folder.bytes(name);
  const at = place < 0 ? bytes.length + place : place;
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  folder.put(name, bytes);
}

function cut(folder: CrashingFolder, name: string, count: number): void {
  folder.put(name, folder.bytes(name).subarray(0, -count));
}

test("a segment that is missing behind another is missed", async () => {
  const folder = new CrashingFolder();
  folder.fault = (operation, name) =>
    operation === "write" && name.startsWith("objects-") ? full() : undefined;
  const store = await opened(folder, { snapshotBytes: 500, onSnapshotFault: () => {} });
  for (let i = 0; i < 5; i++) await store.add(key("Pod", "a", `${i}`), pod(`${i}`), author);
  await store.close();
  const last = folder.names().at(-1) ?? "";
  await folder.remove(last);
  await expect(opened(folder)).rejects.toMatchObject({
    message: expect.stringContaining(`${last} is damaged: it is missing`),
  });
});

/** @param index of the frame that is left out */
function withoutFrame(bytes: Buffer, index: number): Buffer {
  const starts = [...bytes.toString("latin1").matchAll(/K4SJ/g)].map(match => match.index);
  return Buffer.concat([bytes.subarray(0, starts[index]), bytes.subarray(starts[index + 1] ?? bytes.length)]);
}
