/**
 * What one process has left in the memory of the system alone, and the next has read and told of: it is there also when the power fails then.
 * And what stands at the end of a segment when the next is begun, whatever the disk has of it.
 */
import { expect, test } from "vitest";
import { seededRandom, VirtualClock } from "../../../outside/index.ts";
import { CrashingFolder } from "../../../simulate/crashing-folder.ts";
import { author, draft, key, rethrow } from "../../test-worlds.ts";
import { JournalStore, type JournalStoreOptions } from "./journal-store.ts";

type Given = Partial<Pick<JournalStoreOptions, "snapshotBytes" | "onSnapshotFault">>;

function made(folder: CrashingFolder, given: Given = {}): JournalStore {
  return new JournalStore({
    clock: new VirtualClock(),
    folder,
    onFault: rethrow,
    onSnapshotFault: rethrow,
    ...given,
  });
}

async function opened(folder: CrashingFolder, given?: Given): Promise<JournalStore> {
  const store = made(folder, given);
  await store.open();
  return store;
}

function add(store: JournalStore, name: string): Promise<unknown> {
  const object = { ...draft(), metadata: { ...draft().metadata, name, uid: name } };
  return store.add(key("Pod", "a", name), object, author);
}

function namesIn(store: JournalStore): string[] {
  return store.list("Pod").map(({ metadata }) => metadata.name);
}

/** All that comes in promises has come. */
const idle = () => new Promise(done => setImmediate(() => setImmediate(done)));

const eio = () => Object.assign(new Error("EIO: i/o error, fdatasync"), { code: "EIO" });

/** The power fails, and of what was not synced nothing is left. */
function cutOff(folder: CrashingFolder): CrashingFolder {
  return folder.crashed({ ...seededRandom(0), next: () => 0.9 });
}

/** The next `sync` but so many fails. */
function failSync(folder: CrashingFolder, after: number): void {
  let count = 0;
  folder.fault = operation => (operation === "sync" && count++ === after ? eio() : undefined);
}

test.each<[string, (folder: CrashingFolder) => Promise<void>]>([
  [
    "killed before a change was synced",
    async folder => {
      const store = await opened(folder);
      folder.operationsLeft = 1;
      void add(store, "a");
      await idle();
    },
  ],
  [
    "told that a change could not be synced",
    async folder => {
      const store = await opened(folder);
      failSync(folder, 0);
      await expect(add(store, "a")).rejects.toMatchObject({ reason: "ServiceUnavailable" });
    },
  ],
  [
    "killed before the name of the first segment was synced",
    async folder => {
      folder.operationsLeft = 5;
      void made(folder).open();
      await idle();
      expect(folder.names()).toEqual(["changes-0000000000000000"]);
    },
  ],
])("what is read after a process that was %s outlasts a loss of power", async (_, end) => {
  const folder = new CrashingFolder();
  await end(folder);
  const next = folder.left();
  const store = await opened(next);
  const read = namesIn(store);
  expect(namesIn(await opened(cutOff(next)))).toEqual(read);
  await add(store, "b");
  expect(namesIn(await opened(cutOff(next)))).toEqual([...read, "b"]);
});

test("a snapshot whose name was not synced is there before what it stands for is removed", async () => {
  const folder = new CrashingFolder();
  const store = await opened(folder, { snapshotBytes: 1 });
  folder.fault = operation => {
    // From then on its process does nothing more.
    if (operation === "rename") folder.operationsLeft = 0;
    return undefined;
  };
  await add(store, "a");
  await idle();
  expect(folder.names()).toContain("objects-0000000000000001");
  const next = folder.left();
  next.fault = operation => {
    if (operation === "remove") next.operationsLeft = 0;
    return undefined;
  };
  void made(next).open();
  await idle();
  // Whichever of the names that were made, changed or removed are as they were.
  for (let seed = 0; seed < 50; seed++)
    expect(namesIn(await opened(next.crashed(seededRandom(seed))))).toEqual(["a"]);
});

/** Two segments, of which the last has no changes yet: the disk has failed when the first was to be ended. */
async function endUnsynced(): Promise<CrashingFolder> {
  const folder = new CrashingFolder();
  const store = await opened(folder, { snapshotBytes: 1, onSnapshotFault: () => {} });
  // That of the change, of the next segment's head, and of the first's end.
  failSync(folder, 2);
  const writes = ["a", "b"].map(name => add(store, name));
  const third = writes[0]?.then(() => add(store, "c"));
  await Promise.all(writes);
  // It waited while the next segment was begun: by now nothing may be written.
  await expect(third).rejects.toMatchObject({
    message: expect.stringContaining("takes no more writes until it is opened anew"),
  });
  expect(folder.names()).toEqual(["changes-0000000000000000", "changes-0000000000000002"]);
  folder.fault = () => undefined;
  return folder;
}

test("where the end of a segment could not be synced the next one stays: it may be read that it follows", async () => {
  const folder = (await endUnsynced()).left();
  const store = await opened(folder);
  expect(namesIn(store)).toEqual(["a", "b"]);
  await add(store, "d");
  expect(namesIn(await opened(cutOff(folder)))).toEqual(["a", "b", "d"]);
});

test("the end of a segment may be torn while the next has no changes, and is cut before it has", async () => {
  const folder = await endUnsynced();
  const first = "changes-0000000000000000";
  folder.put(first, folder.bytes(first).subarray(0, -5));
  const store = await opened(folder);
  await add(store, "d");
  await store.close();
  expect(namesIn(await opened(folder))).toEqual(["a", "b", "d"]);
  folder.put(first, Buffer.concat([folder.bytes(first), Buffer.from("K4SJ")]));
  await expect(opened(folder)).rejects.toMatchObject({
    message: expect.stringContaining(`${first} is damaged: the record at byte`),
  });
});
