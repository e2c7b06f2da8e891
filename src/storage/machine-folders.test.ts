/** Folders of two machines, of which one leads the cluster and asks the other, by what is said between them. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { VirtualClock } from "../outside/index.ts";
import { DriverError } from "./driver.ts";
import { FolderDriver } from "./folder-driver.ts";
import { answerMachineCall, machineAnswer } from "./machine-calls.ts";
import { MachineFolders, machineLabel } from "./machine-folders.ts";
import { StorageDrivers } from "./storage-drivers.ts";

let root = "";
let machines = new Set<string>();
let leader: StorageDrivers;
let far: StorageDrivers;

function drivers(
  folder: string,
  own: string | undefined,
  call: ConstructorParameters<typeof MachineFolders>[1]["call"],
) {
  const folders = new FolderDriver({ folder: join(root, folder), now: () => 0 });
  const of = (node: string) => (machines.has(node) ? node : undefined);
  const driver = new MachineFolders(folders, { own: () => own, of, has: each => machines.has(each), call });
  return new StorageDrivers([driver], new VirtualClock());
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "k4s-machines-"));
  machines = new Set(["far"]);
  far = drivers("far", "far", () => Promise.reject(new Error("it asks nobody")));
  leader = drivers("leader", undefined, async (machine, rpc, request) => {
    if (machine !== "far") throw new DriverError("Unavailable", "nobody answers");
    return machineAnswer(rpc, (await answerMachineCall(far, rpc, JSON.stringify(request))) ?? "");
  });
});
afterEach(async () => {
  await leader.close();
  await far.close();
  rmSync(root, { recursive: true });
});

const folder = "folder.csi.k4s.dev";
const asked = { capacityRange: { requiredBytes: 5 }, volumeCapabilities: [] };
const at = (machine: string) => {
  const place = { [machineLabel]: machine };
  return { accessibilityRequirements: { requisite: [place], preferred: [place] } };
};
const volume = (machine: string, name: string) => join(root, machine, "volumes", name);
const publish = (volumeId: string) => ({
  volumeId,
  targetPath: join(root, "shown"),
  readonly: false,
  volumeCapability: { accessMode: "SINGLE_NODE_WRITER" as const },
});

test("a volume is made where the pod is to run, is shown there, and is deleted there", async () => {
  const made = await leader.call(folder, "createVolume", { ...asked, ...at("far"), name: "pvc-1" });
  const accessibleTopology = [{ [machineLabel]: "far" }];
  expect(made).toEqual({ volumeId: "far/pvc-1", capacityBytes: 5, accessibleTopology });
  expect(existsSync(volume("far", "pvc-1"))).toBe(true);
  expect(existsSync(volume("leader", "pvc-1"))).toBe(false);
  await far.call(folder, "nodePublishVolume", publish("far/pvc-1"));
  writeFileSync(join(root, "shown", "a"), "word");
  expect(readFileSync(join(volume("far", "pvc-1"), "a"), "utf8")).toBe("word");
  const larger = { volumeId: "far/pvc-1", capacityRange: { requiredBytes: 9 } };
  expect(await leader.call(folder, "controllerExpandVolume", larger)).toMatchObject({ capacityBytes: 9 });
  await far.call(folder, "nodeUnpublishVolume", publish("far/pvc-1"));
  await leader.call(folder, "deleteVolume", { volumeId: "far/pvc-1" });
  expect(existsSync(volume("far", "pvc-1"))).toBe(false);
  await expect(leader.call(folder, "nodePublishVolume", publish("far/pvc-1"))).rejects.toThrow(
    "lies on another machine: far",
  );
});

test("without a place it is as in a cluster that is alone", async () => {
  const made = await leader.call(folder, "createVolume", { ...asked, name: "pvc-2" });
  expect(made).toEqual({ volumeId: "pvc-2", capacityBytes: 5 });
  expect(existsSync(volume("leader", "pvc-2"))).toBe(true);
  expect(await leader.nodeInfoOf(folder, "here")).toEqual({ nodeId: "here" });
  const info = { nodeId: "far", accessibleTopology: { [machineLabel]: "far" } };
  expect(await leader.nodeInfoOf(folder, "far")).toEqual(info);
  await leader.call(folder, "deleteVolume", { volumeId: "pvc-2" });
  expect(existsSync(volume("leader", "pvc-2"))).toBe(false);
});

test("copies are made where the original lies, and nowhere else", async () => {
  await leader.call(folder, "createVolume", { ...asked, ...at("far"), name: "pvc-1" });
  writeFileSync(join(volume("far", "pvc-1"), "a"), "word");
  const snapshot = await leader.call(folder, "createSnapshot", { sourceVolumeId: "far/pvc-1", name: "s" });
  expect(snapshot).toMatchObject({ snapshotId: "far/s", sourceVolumeId: "far/pvc-1" });
  const contentSource = { snapshotId: "far/s" };
  const copy = await leader.call(folder, "createVolume", { ...asked, name: "pvc-2", contentSource });
  expect(copy.volumeId).toBe("far/pvc-2");
  expect(readFileSync(join(volume("far", "pvc-2"), "a"), "utf8")).toBe("word");
  const elsewhere = { ...asked, ...at("other"), name: "pvc-3", contentSource };
  await expect(leader.call(folder, "createVolume", elsewhere)).rejects.toThrow(
    "InvalidArgument desc = far/s lies on another machine",
  );
  await leader.call(folder, "deleteSnapshot", { snapshotId: "far/s" });
  expect(existsSync(join(root, "far", "snapshots", "s"))).toBe(false);
});

test("what is refused there is refused here, by its code; what lay on a machine that is gone is deleted", async () => {
  const bad = leader.call(folder, "createVolume", { ...asked, ...at("far"), name: "../x" });
  await expect(bad).rejects.toThrow(
    'rpc error: code = InvalidArgument desc = "../x" is no id of one of the volumes',
  );
  const unheard = leader.call(folder, "createVolume", { ...asked, ...at("other"), name: "x" });
  await expect(unheard).rejects.toMatchObject({ code: "Unavailable" });
  machines.add("other");
  await expect(leader.call(folder, "deleteVolume", { volumeId: "other/x" })).rejects.toMatchObject({
    code: "Unavailable",
  });
  machines.delete("other");
  await leader.call(folder, "deleteVolume", { volumeId: "other/x" });
});

test.each(["x/pvc-1", "pvc-1", "far/../x", "far/", "", undefined, 5])(
  "a machine that calls what it has made %j is not believed",
  async id => {
    const liar = drivers(
      "liar",
      undefined,
      async <T>() => ({ volumeId: id, snapshotId: id, accessibleTopology: [] }) as T,
    );
    const volume = liar.call(folder, "createVolume", { ...asked, ...at("far"), name: "pvc-1" });
    await expect(volume).rejects.toMatchObject({
      code: id === undefined || id === 5 ? "InvalidArgument" : "Internal",
    });
    const snapshot = liar.call(folder, "createSnapshot", { sourceVolumeId: "far/pvc-1", name: "s" });
    await expect(snapshot).rejects.toBeInstanceOf(DriverError);
  },
);

test.each([
  ["nodePublishVolume", "{}", undefined],
  ["constructor", "{}", undefined],
  ["deleteVolume", "null", "InvalidArgument"],
  ["deleteVolume", '{"volumeId":"far/.."}', "InvalidArgument"],
])("%s with %s", async (rpc, body, code) => {
  const answer = await answerMachineCall(far, rpc, body);
  if (code === undefined) expect(answer).toBeUndefined();
  else expect(JSON.parse(answer ?? "")).toMatchObject({ error: { code } });
});

test.each(["", "null", "[]", "{}", '{"error":{"code":"Nonsense"}}'])("the answer %j is none", text => {
  expect(() => machineAnswer("deleteVolume", text)).toThrow(DriverError);
});
