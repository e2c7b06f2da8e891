/**
 * The first that a newcomer sees: what the demos and the tour print fits the terminal and is plain in a pipe, only what
 * matters of the cluster's writes is told, and a reader who leaves sees no stack and no claim that was not tried.
 */
import { spawn, spawnSync } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { Cluster, VirtualClock } from "k4s";
import { describe, expect, it } from "vitest";
import { tellingsOf } from "../demos/telling.ts";
import { fitted } from "../demos/terminal.ts";
import { passing } from "../demos/virtual-time.ts";
import { readsTypeScript } from "./built.ts";

const root = path.resolve(import.meta.dirname, "..");
const timeout = 60_000;

interface Ended {
  readonly code: number | null;
  readonly said: string;
}

/** Runs a program; `answer` gets what it has said so far and may type or end it. */
function run(
  command: string,
  args: readonly string[],
  answer: (said: string, child: ReturnType<typeof spawn>) => void,
): Promise<Ended> {
  const { FORCE_COLOR: _, ...env } = process.env;
  const child = spawn(command, [...args], {
    cwd: root,
    env,
    stdio: ["pipe", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (text: Buffer) => {
      said += text;
      answer(said, child);
    });
  // It may have ended before all was typed.
  child.stdin.on("error", () => {});
  return new Promise(resolve => child.once("close", code => resolve({ code, said })));
}

const demo = (...args: string[]) => ["--import", readsTypeScript, "demos/run.ts", ...args];
const example = ["--import", readsTypeScript, "demos/example.ts"];

/** Neither a stack nor a claim about what was not played. */
function expectPoliteEnd({ code, said }: Ended, expected: number): void {
  expect(said).not.toMatch(/^\s+at .+:\d+/m);
  expect(said).not.toMatch(/AbortError|Warning|not hold|every claim holds|✘ the/);
  expect(code).toBe(expected);
}

describe("a reader who leaves", () => {
  it("by the end of the input", { timeout }, async () => {
    const ended = await run(process.execPath, demo("--step", "1"), (said, { stdin }) => {
      if (/Enter/.test(said)) stdin?.end();
    });
    expectPoliteEnd(ended, 130);
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("by %s in the middle of a demo, while requests flow", { timeout }, async (signal, code) => {
    const ended = await run(process.execPath, demo("3"), (said, child) => {
      if (/Scale up/.test(said)) child.kill(signal);
    });
    expectPoliteEnd(ended, code);
  });

  it("while an answer is awaited that a claim is about", { timeout }, async () => {
    const ended = await run(process.execPath, demo("8"), (said, child) => {
      if (/Tell moody-1 to spin/.test(said)) child.kill("SIGINT");
    });
    expectPoliteEnd(ended, 130);
  });

  it("and one who stays gets to the end by Enter, typed now or before", { timeout }, async () => {
    const ended = run(process.execPath, demo("--step", "1"), (said, { stdin }) => {
      if (/^(?!.*Ask).*Enter/s.test(said)) stdin?.end("\n\n\n\n");
    });
    expect(await ended).toMatchObject({ code: 0, said: expect.stringContaining("every claim holds") });
  });

  // util-linux's script gives a program a terminal; others have another one, or none.
  const hasScript =
    spawnSync("script", ["--version"], { encoding: "utf8" }).stdout?.includes("util-linux") ?? false;

  describe.skipIf(!hasScript)("in a terminal", () => {
    const inTerminal = (args: readonly string[], key: string) => {
      let isTyped = false;
      const command = [process.execPath, ...args].map(word => `'${word}'`).join(" ");
      return run("script", ["-qec", `stty cols 60; ${command}`, "/dev/null"], (said, { stdin }) => {
        if (isTyped || !/Enter/.test(said)) return;
        isTyped = true;
        stdin?.write(key);
      });
    };

    it.each([
      ["a demo", "Ctrl-C", demo("--step", "1"), "\x03"],
      ["a demo", "Ctrl-D", demo("--step", "1"), "\x04"],
      ["the tour", "Ctrl-C", example, "\x03"],
      ["the tour", "Ctrl-D", example, "\x04"],
    ])("at a prompt of %s by %s, and what was printed fits", { timeout }, async (_what, _key, args, key) => {
      const ended = await inTerminal(args, key);
      expectPoliteEnd(ended, 130);
      const lines = stripVTControlCharacters(ended.said).split(/\r?\n/);
      expect(lines.filter(line => line.length > 60 && !/[│─▶]/.test(line))).toEqual([]);
    });
  });
});

describe("what is printed", () => {
  it("is plain and no wider than 80 columns in a pipe", { timeout }, async () => {
    const { code, said } = await run(process.execPath, demo("1", "2", "5"), () => {});
    expect(code, said).toBe(0);
    expect(said).not.toContain("\x1b");
    expect(said.split("\n").filter(line => line.length > 80)).toEqual([]);
  });

  it("is every write with --all", { timeout }, async () => {
    const { code, said } = await run(process.execPath, demo("--all", "1"), () => {});
    expect(code, said).toBe(0);
    expect(said).toContain("PodReadyToStartContainers: True");
    expect(said.split("\n").filter(line => line.length > 80)).toEqual([]);
  });

  it("leaves room for manifests, pictures and code as they are", async () => {
    const files = (await readdir(path.join(root, "yaml"))).map(name => `yaml/${name}`);
    for (const file of [...files, "workers/counter.ts"]) {
      const text = await readFile(path.join(root, file), "utf8");
      expect(
        text.split("\n").filter(line => line.length > 76),
        file,
      ).toEqual([]);
    }
    for (const name of (await readdir(path.join(root, "demos"))).filter(name => /^\d/.test(name))) {
      const { picture } = (await import(path.join(root, "demos", name))).default;
      expect(
        picture.split("\n").filter((line: string) => line.length > 80),
        name,
      ).toEqual([]);
    }
  });

  it.each([
    ["short", "> ", 30, "> short"],
    ["one two three four five", "> ", 22, "> one two three four\n  five"],
    ["a", "\x1b[33mred\x1b[39m ", 30, "\x1b[33mred\x1b[39m a"],
    [
      "one two three four five six",
      "\x1b[33mred\x1b[39m ",
      24,
      "\x1b[33mred\x1b[39m one two three four\n    five six",
    ],
    [`${"x".repeat(25)} y`, "", 20, `${"x".repeat(20)}\n${"x".repeat(5)} y`],
  ])("%j fits behind %j into %i columns", (text, margin, width, lines) => {
    expect(fitted(text, margin, width)).toBe(lines);
  });
});

describe("what controllers did, in words", () => {
  it("is what an onlooker would miss, each deed once, and no mirror or count on its way", async () => {
    await using cluster = new Cluster({ runtime: "hollow" });
    await cluster.start();
    const after = cluster.revision;
    await cluster.apply({
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      metadata: { name: "web" },
      spec: { replicas: 3, template: { module: "web" } },
    });
    await cluster.waitFor("ReplicaSet/web", "Ready");
    expect(tellingsOf(cluster.history({ after })).map(({ actor, text }) => `${actor} ${text}`)).toEqual([
      "replicaset-controller created Container web-0 and 2 more",
      "container-controller created Pod web-0 and 2 more",
      "default-scheduler put Pod web-0 and 2 more on node-0",
      "node/node-0 reports Pod web-0 and 2 more: Running and Ready",
      "container-controller reports Container web-0 and 2 more: Ready",
      "replicaset-controller reports ReplicaSet web: 3 of 3 ready",
    ]);
  });

  it("names the workload that ended, the set that was scaled, and the node that was lost", async () => {
    const clock = new VirtualClock();
    await using cluster = new Cluster({ runtime: "hollow", nodes: 2, clock });
    await passing(clock, cluster.start());
    const told = async (work: Promise<unknown>) => {
      const after = cluster.revision;
      await passing(clock, work);
      return tellingsOf(cluster.history({ after })).map(({ actor, text }) => `${actor} ${text}`);
    };
    const containers = [{ name: "main", image: "web" }];
    const annotations = { "k4s.dev/hollow-exit-after": "2s" };
    const job = { metadata: { annotations }, spec: { restartPolicy: "Never", containers } };
    await cluster.apply({
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "sum" },
      spec: { template: job },
    });
    expect(await told(cluster.waitFor("Job/sum", "Complete"))).toContain(
      "job-controller reports Job sum: Complete",
    );

    const labels = { app: "web" };
    const template = { metadata: { labels }, spec: { containers } };
    const spec = { replicas: 1, selector: { matchLabels: labels }, template };
    await cluster.apply({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" }, spec });
    await passing(clock, cluster.rollout.wait("Deployment/web"));
    const scaled = async () => {
      await cluster.scale("Deployment/web", 2);
      await cluster.rollout.wait("Deployment/web");
    };
    expect((await told(scaled())).join("\n")).toMatch(/deployment-controller scaled ReplicaSet web-\w+ to 2/);

    await cluster.nodes.crash("node-1");
    const lost = cluster.waitFor("Node/node-1", node => (node?.spec?.taints ?? []).length > 1, {
      timeoutMs: 60_000,
    });
    const taints = "node.kubernetes.io/unreachable:NoSchedule, node.kubernetes.io/unreachable:NoExecute";
    expect(await told(lost)).toEqual(
      expect.arrayContaining([
        "node-controller reports Node node-1: Ready is Unknown",
        `node-controller taints Node node-1 ${taints}`,
      ]),
    );
    await passing(clock, cluster.stop());
  });
});
