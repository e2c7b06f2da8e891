/** How drivers are called: whatever one fails with, and however, comes out as a DriverError, and takes no place of later calls. */
import { expect, test } from "vitest";
import { VirtualClock } from "../outside/index.ts";
import { DriverError, type StorageDriver } from "./driver.ts";
import { StorageDrivers } from "./storage-drivers.ts";

const name = "disk.csi.example.com";

function driversOf(driver: Partial<StorageDriver>): StorageDrivers {
  const works: StorageDriver = {
    name,
    createVolume: async () => ({ volumeId: "v", capacityBytes: 0 }),
    deleteVolume: async () => {},
    nodePublishVolume: async () => {},
    nodeUnpublishVolume: async () => {},
  };
  return new StorageDrivers([{ ...works, ...driver }], new VirtualClock());
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
  const drivers = driversOf({ supports: () => throws(broken), nodeId: () => Promise.reject(broken) });
  await expect(drivers.can(name, "deleteVolume")).rejects.toBeInstanceOf(DriverError);
  await expect(drivers.nodeIdOf(name, "node-1")).rejects.toBeInstanceOf(DriverError);
  expect(await driversOf({}).can(name, "deleteVolume")).toBe(true);
  expect(await driversOf({}).can(name, "createSnapshot")).toBe(false);
  expect(await driversOf({}).nodeIdOf(name, "node-1")).toBe("node-1");
});

test("a driver that throws a hundred times is asked once more, and may answer", async () => {
  let isBroken = true;
  const drivers = driversOf({ deleteVolume: () => (isBroken ? throws(broken) : Promise.resolve()) });
  for (let i = 0; i < 100; i++)
    await expect(drivers.call(name, "deleteVolume", { volumeId: "v" })).rejects.toThrow("x is undefined");
  isBroken = false;
  await expect(drivers.call(name, "deleteVolume", { volumeId: "v" })).resolves.toBeUndefined();
});
