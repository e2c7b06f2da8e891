import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Cluster } from "./cluster.ts";

let folder: string;
let cluster: Cluster | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "k4s-scheduler-"));
});

afterEach(async () => {
  await cluster?.stop();
  cluster = undefined;
  rmSync(folder, { recursive: true });
});

const head = "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n";

/** A configuration with the plugin `Mine`, which the module in this folder is. */
async function started(source: string): Promise<Cluster> {
  writeFileSync(join(folder, "mine.ts"), source);
  const config = join(folder, "scheduler.yaml");
  const args = "{ module: ./mine.ts, timeoutMs: 300 }";
  writeFileSync(
    config,
    `${head}profiles:
- schedulerName: default-scheduler
- schedulerName: mine
  plugins: { multiPoint: { enabled: [{ name: Mine }] } }
  pluginConfig: [{ name: Mine, args: ${args} }]
`,
  );
  cluster = new Cluster({ runtime: "hollow", nodes: 2, schedulerConfig: config });
  await cluster.start();
  return cluster;
}

function pod(name: string, schedulerName: string): object {
  const containers = [{ name: "app", image: "echo" }];
  return { apiVersion: "v1", kind: "Pod", metadata: { name }, spec: { schedulerName, containers } };
}

describe("a configuration that is wrong", () => {
  test("is refused with its place, before anything is started", () => {
    const config = join(folder, "scheduler.yaml");
    writeFileSync(config, `${head}parallelism: 0\n`);
    expect(() => new Cluster({ schedulerConfig: config })).toThrow(
      /scheduler\.yaml:3:14.*should be an integer value greater than zero/,
    );
  });

  test.each<[string, unknown, string]>([
    ["no file", "nowhere.yaml", "the scheduler configuration cannot be read"],
    ["another kind", { apiVersion: "v1", kind: "Pod", metadata: { name: "a" } }, "schedulerConfig"],
    ["a number", 5, "a file, as path or file URL, or a KubeSchedulerConfiguration"],
  ])("%s", (_, schedulerConfig, problem) => {
    expect(() => new Cluster({ schedulerConfig } as never)).toThrow(problem);
  });
});

test("a plugin that spins costs its pods their placement, nothing else, and is read again when it changes", async () => {
  const running = await started("export const filter = () => { while (true); };");
  await running.create(pod("stuck", "mine") as never);
  await running.waitFor("Pod/stuck", pod =>
    JSON.stringify(pod?.status).includes('running \\"Mine\\" filter plugin: it took longer than 300 ms'),
  );
  await running.create(pod("other", "default-scheduler") as never);
  await running.waitFor("Pod/other", "Ready");
  expect((await running.scheduling("Pod/other")).nodes).toHaveLength(2);
  writeFileSync(join(folder, "mine.ts"), "export const filter = () => true;");
  await running.waitFor("Pod/stuck", "Ready");
});

test("a pod that a plugin refuses is tried again when the plugin has changed", async () => {
  const running = await started("export const filter = () => 'node(s) were painted red';");
  await running.create(pod("refused", "mine") as never);
  await running.waitFor("Pod/refused", pod =>
    JSON.stringify(pod?.status).includes("2 node(s) were painted red"),
  );
  const [report] = (await running.scheduling("Pod/refused")).nodes;
  expect(report?.remedies).toEqual(["Mine (./mine.ts): node(s) were painted red"]);
  writeFileSync(join(folder, "mine.ts"), "export const filter = () => true;");
  await running.waitFor("Pod/refused", "Ready");
});

test("a plugin without its module starts no cluster", async () => {
  const config = join(folder, "scheduler.yaml");
  const mine =
    "plugins: { filter: { enabled: [{ name: Mine }] } }, pluginConfig: [{ name: Mine, args: { module: ./no.ts } }]";
  writeFileSync(config, `${head}profiles: [{ ${mine} }]`);
  const start = () => new Cluster({ runtime: "hollow", schedulerConfig: config });
  expect(start).toThrow(`the plugin Mine has its module at ${join(folder, "no.ts")}: no such file`);
});
