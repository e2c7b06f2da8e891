import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { realClock } from "../outside/index.ts";
import { schedulingCycle } from "./cycle.ts";
import { explain } from "./explain.ts";
import { ownPlugin } from "./own-plugin.ts";
import { PluginHost } from "./plugin-host.ts";
import type { Profile } from "./profile.ts";
import { aNode, aPod, asking, handleOf } from "./test-plugins.ts";

let folder: string;
let host: PluginHost;
const onChange = vi.fn();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "k4s-plugin-"));
  onChange.mockClear();
});

afterEach(async () => {
  await host.close();
  rmSync(folder, { recursive: true });
});

const nodes = [aNode("node-1"), aNode("node-2")];
const pod = aPod(asking("100m"), { app: "web" });

/** What a cycle with this plugin alone comes to: the node, or the sentence that says why there is none. */
async function placed(
  source: string | undefined,
  limitMs = 5_000,
  handle = handleOf(nodes),
): Promise<string> {
  const module = join(folder, "plugin.ts");
  if (source !== undefined) {
    writeFileSync(module, source);
    host = new PluginHost({ module, args: { wanted: "node-2" }, limitMs, clock: realClock, onChange });
  }
  const plugin = ownPlugin("Mine", "./mine.ts", host);
  const profile: Profile = {
    ...{ schedulerName: "mine", queueSort: plugin, preEnqueue: [], postFilter: [] },
    ...{ filter: [plugin], score: [{ plugin, weight: 1 }] },
  };
  const attempt = await schedulingCycle(pod, profile, handle, 0);
  return attempt.chosen?.node.metadata.name ?? explain(attempt, []);
}

test.each<[string, string, string]>([
  ["filter", "export const filter = (pod, { node }, args) => node.metadata.name === args.wanted;", "node-2"],
  [
    "score",
    "export const score = (pod, { node }, args) => (node.metadata.name === args.wanted ? 100 : 0);",
    "node-2",
  ],
  [
    "a promise, with types",
    "export async function score(_: unknown, { pods }: { pods: unknown[] }): Promise<number> { return 10 * pods.length; }",
    "node-2",
  ],
  [
    "a reason",
    "export const filter = () => 'node(s) were painted red';",
    "0/2 nodes are available: 2 node(s) were painted red.",
  ],
  [
    "no reason",
    "export const filter = () => false;",
    "0/2 nodes are available: 2 node(s) were refused by the plugin Mine.",
  ],
  [
    "what it waited for when it was loaded, and what it required",
    `import { createRequire } from "node:module";
     const wanted = await Promise.resolve(new URL("node-2", import.meta.url).pathname.split("/").at(-1));
     const { basename } = createRequire(import.meta.url)("node:path");
     export const filter = (pod, { node }) => node.metadata.name === basename(wanted);`,
    "node-2",
  ],
  [
    "neither",
    "export const filters = () => true; export default {};",
    'running "Mine" filter plugin: its module must export a function filter, score, or both; it exports default, filters',
  ],
  [
    "hunger for memory",
    "export const filter = () => { const kept = []; for (;;) kept.push(new Array(1e6).fill(kept.length)); };",
    'running "Mine" filter plugin: Worker terminated due to reaching memory limit: JS heap out of memory',
  ],
  [
    "no function",
    "export const filter = 42;",
    'running "Mine" filter plugin: filter must be a function, not number',
  ],
  [
    "what it throws",
    "export const filter = () => { throw new Error('oh'); };",
    'running "Mine" filter plugin: oh',
  ],
  [
    "no answer",
    "export const filter = () => undefined;",
    'running "Mine" filter plugin: filter must return true, false or a reason, not undefined',
  ],
  [
    "a wrong score",
    "export const score = () => 101;",
    'running "Mine" score plugin: score must return a number from 0 to 100, not 101',
  ],
  [
    "an end",
    "export const filter = () => process.exit(3);",
    'running "Mine" filter plugin: its thread ended',
  ],
])("a module's %s decides", async (_, source, outcome) => {
  const there = aPod({ nodeName: "node-2" });
  // None of these is a matter of time: a busy machine takes long to fill a memory.
  expect(await placed(source, 30_000, handleOf(nodes, [there]))).toBe(outcome);
});

/** A host of this module that has answered once. */
async function begun(source: string, limitMs: number): Promise<PluginHost> {
  expect(await placed(source, limitMs)).toMatch(/^node-/);
  return host;
}

test("of two calls at the same time each has its own answer, and the whole time limit", async () => {
  const waits = `export const filter = async ({ metadata: { labels } }, { node }) => {
    await new Promise(done => setTimeout(done, Number(labels.waits ?? 0)));
    return labels.waits ? labels.waits : true;
  };`;
  const asked = await begun(waits, 2_000);
  const { nodeInfos } = handleOf(nodes.slice(0, 1)).snapshot;
  const answersTo = async (waits: string) => [
    ...((await asked.call("filter", aPod({}, { waits }), nodeInfos)) ?? new Map()).values(),
  ];
  const all = await Promise.allSettled(["300", "60000", "10"].map(answersTo));
  expect(all.map(each => (each.status === "fulfilled" ? each.value : String(each.reason)))).toEqual([
    ["300"],
    "Error: it took longer than 2000 ms",
    ["10"],
  ]);
});

test("a node that goes while the plugin is asked costs no other its answer", async () => {
  const handle = handleOf(nodes);
  await begun("export const filter = () => true;", 5_000);
  const answer = placed(undefined, 5_000, handle);
  handle.snapshot.apply({
    ...{ type: "DELETED", key: { kind: "Node", namespace: "", name: "node-1" }, object: nodes[0] },
  } as never);
  expect(await answer).toBe("node-2");
});

test("one that spins is killed, and the next call has a new thread", async () => {
  const spins =
    "export const filter = (pod, { node }) => { if (globalThis.again) return true; while (true); };";
  expect(await placed(spins, 300)).toBe('running "Mine" filter plugin: it took longer than 300 ms');
  expect(await placed(undefined, 300)).toBe('running "Mine" filter plugin: it took longer than 300 ms');
});

test("one that cannot be read is told, and is read again when it has changed", async () => {
  expect(await placed("export const filter = ;")).toContain('running "Mine" filter plugin: Build failed');
  writeFileSync(join(folder, "plugin.ts"), "export const filter = () => true;");
  expect(await placed(undefined)).toMatch(/^node-/);
  writeFileSync(join(folder, "plugin.ts"), "export const filter = () => 'changed';");
  await vi.waitFor(() => expect(onChange).toHaveBeenCalled(), 5_000);
  expect(await placed(undefined)).toBe("0/2 nodes are available: 2 changed.");
});
