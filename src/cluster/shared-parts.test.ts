/** What control planes share is closed to the end, also where a part of it, or of the one that stops last, cannot be. */
import { expect, test } from "vitest";
import { type ControlPlane, SharedParts } from "./shared-parts.ts";

/** Parts that note what is done to them; those of these names fail. */
function partsThat(fail: readonly string[]) {
  const done: string[] = [];
  const act = (name: string) => async () => {
    done.push(name);
    if (fail.includes(name)) throw new Error(`no ${name}`);
  };
  const agents = new Map(
    ["a", "b"].map(name => [name, { start: act(`start ${name}`), stop: act(`stop ${name}`) }]),
  );
  const parts = {
    store: { open: act("open"), close: act("store") },
    storage: { close: act("storage") },
    network: { start() {}, meetOthers() {}, stop: act("network") },
    entrances: { start: act("enter"), stop: act("entrances") },
    reaching: { start() {}, stop: act("reaching") },
    runtimes: new Map([["thread", { close: act("runtime") }]]),
    nodes: { agents },
    meter: { stop() {} },
    scalings: { start() {} },
  };
  const plane: ControlPlane = { begin: act("begin"), fail() {}, close: act("plane") };
  return { done, plane, act, shared: new SharedParts(parts as never, plane) };
}

const all = [
  "own",
  "entrances",
  "reaching",
  "network",
  "stop a",
  "stop b",
  "runtime",
  "storage",
  "plane",
  "store",
];

test.each<[readonly string[], object]>([
  [[], {}],
  [["own"], { message: "no own" }],
  [["entrances"], { message: "no entrances" }],
  [["stop a", "storage"], { errors: [{ message: "no stop a" }, { message: "no storage" }] }],
  [all, { errors: all.map(name => ({ message: `no ${name}` })) }],
])("where %j fail, everything else is closed", async (fail, told) => {
  const { done, plane, act, shared } = partsThat(fail);
  await shared.join(plane);
  done.length = 0;
  const end = await shared.leave(plane, act("own")).catch(error => error);
  expect(done).toEqual(all);
  expect(end ?? {}).toMatchObject(told);
});
