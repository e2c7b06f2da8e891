import { expect, it } from "vitest";
import { PodEndings } from "./pod-endings.ts";
import { Town } from "./town.suite.ts";

const pod = (deletionTimestamp?: string) => ({
  kind: "Pod",
  metadata: { name: "web", ...(deletionTimestamp && { deletionTimestamp }) },
  spec: { containers: [] },
});

it("tells once, when the pod is asked to end; at once where it is by then", async () => {
  const town = new Town();
  await town.write(pod());
  const uid = town.store.get("Pod", "default", "web")?.metadata.uid ?? "";
  const endings = new PodEndings(town.store);
  const ask = (signal = new AbortController().signal) => endings.subscribe({ uid }, "stopping", [], signal);
  let isTold = false;
  const told = ask().next();
  void told.then(() => {
    isTold = true;
  });
  const stop = new AbortController();
  const left = ask(stop.signal).next();
  stop.abort();
  expect(await left).toEqual({ done: true, value: undefined });
  await town.write(pod());
  expect(isTold).toBe(false);
  await town.write(pod("2026-01-01T00:00:00Z"));
  expect(await told).toEqual({ done: false, value: true });
  expect(await ask().next()).toEqual({ done: false, value: true });
  endings.stop();
  town.network.stop();
});

it.each([
  ["its only one", ["main"], true],
  ["one of two", ["main", "other"], false],
])("tells that a container stops, where that is %s", async (_, names, isTold) => {
  const town = new Town();
  const containers = names.map(name => ({ name, image: "x" }));
  await town.write({ kind: "Pod", metadata: { name: "web" }, spec: { containers } });
  const uid = town.store.get("Pod", "default", "web")?.metadata.uid ?? "";
  const endings = new PodEndings(town.store);
  const stop = new AbortController();
  const told = endings.subscribe({ uid }, "stopping", [], stop.signal).next();
  // It is asked anew by what the next instance starts.
  endings.containerStops({ uid: "none" });
  await Promise.resolve();
  endings.containerStops({ uid });
  if (!isTold) stop.abort();
  expect(await told).toEqual(isTold ? { done: false, value: true } : { done: true, value: undefined });
  endings.stop();
  town.network.stop();
});
