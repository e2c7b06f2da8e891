/** How drivers are called: whatever one fails with, and however, comes out as a DriverError, and takes no place of later calls. */
import { expect, test } from "vitest";
import { VirtualClock } from "../outside/index.ts";
import { DriverError, type StorageDriver } from "./driver.ts";
import { StorageDrivers } from "./storage-drivers.ts";

const name = "disk.csi.example.com";

function driversOf(driver: Partial<StorageDriver>, clock = new VirtualClock()): StorageDrivers {
  const works: StorageDriver = {
    name,
    createVolume: async () => ({ volumeId: "v", capacityBytes: 0 }),
    deleteVolume: async () => {},
    nodePublishVolume: async () => {},
    nodeUnpublishVolume: async () => {},
  };
  return new StorageDrivers([{ ...works, ...driver }], clock);
}

const broken = new TypeError("x is undefined");
function throws(error: unknown): never {
  throw error;
}

test.each<[string, Partial<StorageDriver>, unknown]>([
  ["an ordinary error", { deleteVolume: () => Promise.reject(broken) }, broken],
  ["an error before it promises anything", { deleteVolume: () => throws(broken) }, broken],
  ["no error at all", { deleteVolume: () => Promise.reject("x is undefined") }, "x is undefined"],
])("a driver that fails with %s", async (_, driver, cause) => {
  const failed = await driversOf(driver)
    .call(name, "deleteVolume", { volumeId: "v" })
    .catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(DriverError);
  expect(failed).toMatchObject({
    code: "Unknown",
    message: "rpc error: code = Unknown desc = x is undefined",
    cause,
  });
});

test("a DriverError comes out as it is", async () => {
  const refusal = new DriverError("NotFound", "no such volume");
  const drivers = driversOf({ deleteVolume: () => Promise.reject(refusal) });
  await expect(drivers.call(name, "deleteVolume", { volumeId: "v" })).rejects.toBe(refusal);
});

test("what a driver can do, and where it is, is asked for with the same care", async () => {
  const drivers = driversOf({ supports: () => throws(broken), nodeGetInfo: () => Promise.reject(broken) });
  await expect(drivers.can(name, "deleteVolume")).rejects.toBeInstanceOf(DriverError);
  await expect(drivers.nodeInfoOf(name, "node-1")).rejects.toBeInstanceOf(DriverError);
  expect(await driversOf({}).can(name, "deleteVolume")).toBe(true);
  expect(await driversOf({}).can(name, "createSnapshot")).toBe(false);
  expect(await driversOf({}).nodeInfoOf(name, "node-1")).toEqual({ nodeId: "node-1" });
});

test("a driver that throws a hundred times is asked once more, and may answer", async () => {
  let isBroken = true;
  const drivers = driversOf({ deleteVolume: () => (isBroken ? throws(broken) : Promise.resolve()) });
  for (let i = 0; i < 100; i++)
    await expect(drivers.call(name, "deleteVolume", { volumeId: "v" })).rejects.toThrow("x is undefined");
  isBroken = false;
  await expect(drivers.call(name, "deleteVolume", { volumeId: "v" })).resolves.toBeUndefined();
});

test("what is attached, staged or shown to a pod is not deleted, and is detached at the end", async () => {
  const called: string[] = [];
  const note = (rpc: string) => async () => {
    called.push(rpc);
  };
  let isRefusing = true;
  const clock = new VirtualClock();
  const driver: Partial<StorageDriver> = {
    deleteVolume: note("delete"),
    controllerPublishVolume: async () => ({}),
    controllerUnpublishVolume: note("detach"),
    nodePublishVolume: () => Promise.reject(new DriverError("Unavailable", "who knows")),
    nodeUnpublishVolume: async () => {
      if (isRefusing) throw broken;
      called.push("unpublish");
    },
  };
  const drivers = driversOf(driver, clock);
  const volume = { volumeId: "v", volumeCapability: { accessMode: "SINGLE_NODE_WRITER" as const } };
  const target = { volumeId: "v", targetPath: "/t" };
  const remove = () => drivers.call(name, "deleteVolume", { volumeId: "v" });
  await expect(
    drivers.call(name, "nodePublishVolume", { ...volume, ...target, readonly: false }),
  ).rejects.toThrow("who knows");
  await expect(drivers.call(name, "nodeUnpublishVolume", target)).rejects.toThrow("x is undefined");
  const refused = expect(remove()).rejects.toThrow(
    "code = FailedPrecondition desc = volume v is still in use",
  );
  await clock.advance(10_000);
  await refused;
  isRefusing = false;
  await drivers.call(name, "nodeUnpublishVolume", target);
  await drivers.call(name, "controllerPublishVolume", { ...volume, nodeId: "n", readonly: false });
  const removed = remove();
  await drivers.call(name, "controllerUnpublishVolume", { volumeId: "v", nodeId: "n" });
  await removed;
  await drivers.call(name, "controllerPublishVolume", { ...volume, nodeId: "m", readonly: false });
  await expect(
    drivers.call(name, "nodePublishVolume", { ...volume, ...target, readonly: false }),
  ).rejects.toThrow("who knows");
  await drivers.close();
  expect(called).toEqual(["unpublish", "detach", "delete", "unpublish", "detach"]);
});

test.each([undefined, {}, { volumeId: "" }, { volumeId: 7 }])(
  "an answer without a name, %j, is a fault of the driver",
  async answer => {
    const drivers = driversOf({ createVolume: async () => answer as never });
    const request = { name: "v", capacityRange: { requiredBytes: 1 }, volumeCapabilities: [] };
    await expect(drivers.call(name, "createVolume", request)).rejects.toMatchObject({
      code: "Internal",
      message: expect.stringContaining("to createVolume has no volumeId"),
    });
  },
);

test("what is more than a driver is asked at once waits, and is refused where that takes too long", async () => {
  const clock = new VirtualClock();
  const answers: (() => void)[] = [];
  const drivers = driversOf(
    { deleteVolume: () => new Promise(resolve => void answers.push(resolve)) },
    clock,
  );
  const remove = (volumeId: string) => drivers.call(name, "deleteVolume", { volumeId });
  const first = Array.from({ length: 30 }, (_, i) => remove(`v${i}`));
  await clock.advance(9_000);
  expect(answers).toHaveLength(20);
  for (const answer of answers.slice(0, 10)) answer();
  await Promise.all(first.slice(0, 10));
  await expect.poll(() => answers.length).toBe(30);
  const waiting = Promise.allSettled([...first.slice(10), remove("x")]);
  await clock.advance(10_000);
  const messages = (await waiting).map(each => (each.status === "rejected" ? each.reason.message : ""));
  expect(messages.filter(message => message.endsWith("context deadline exceeded"))).toHaveLength(20);
  expect(messages.at(-1)).toContain(`${name} has not answered 20 calls yet`);
  // Late answers make place.
  for (const answer of answers) answer();
  const again = remove("y");
  await expect.poll(() => answers.length).toBe(31);
  answers.at(-1)?.();
  await again;
});

test.each([
  ["slow", 35, 0],
  ["dead", 20, 35],
])(
  "at the end a driver that is %s is asked of volumes in use %i times, and told of %i times",
  async (kind, times, told) => {
    const clock = new VirtualClock();
    let asked = 0;
    const faults: string[] = [];
    const drivers = driversOf(
      {
        nodeUnpublishVolume: () => {
          asked++;
          return kind === "dead" ? new Promise(() => {}) : clock.sleep(1_000);
        },
      },
      clock,
    );
    await drivers.open(fault => void faults.push(fault.message));
    const volumeCapability = { accessMode: "SINGLE_NODE_WRITER" as const };
    for (let i = 0; i < 35; i++) {
      const request = { volumeId: `v${i}`, targetPath: `/t${i}`, volumeCapability, readonly: false };
      await drivers.call(name, "nodePublishVolume", request);
    }
    const closed = drivers.close();
    for (let i = 0; i < 3; i++) await clock.advance(10_000);
    await closed;
    expect(asked).toBe(times);
    expect(faults).toHaveLength(told);
    for (const fault of faults)
      expect(fault).toMatch(
        /^the volume v\d+ of disk.csi.example.com stays in use when the cluster ends: .*$/,
      );
  },
);
