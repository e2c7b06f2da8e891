/** A cluster from its start to its stop: in any order, twice, two of them, with work in flight; and nothing is left. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { promisify } from "node:util";
import { Cluster } from "k4s";
import { describe, expect, it, vi } from "vitest";
import { built } from "./built.ts";
import { echo, scene } from "./scene.ts";

const root = path.resolve(import.meta.dirname, "..");
const index = path.join(built, "index.js");
const exec = promisify(execFile);

/** Runs a program in a process of its own; resolves to what it printed, once it has ended by itself. */
async function program(body: string, cwd = root): Promise<string> {
  const text = `import { Cluster } from ${JSON.stringify(index)};\n${body}`;
  const { stdout } = await exec(process.execPath, ["--input-type=module", "-e", text], {
    cwd,
    timeout: 20_000,
  });
  return stdout;
}

describe("a cluster", () => {
  it("may be started and stopped twice, and stopped before it was started", async () => {
    const cluster = new Cluster({ runtime: "hollow" });
    await Promise.all([cluster.start(), cluster.start()]);
    await cluster.start();
    await Promise.all([cluster.stop(), cluster.stop()]);
    await cluster.stop();
    const never = new Cluster();
    await never.stop();
    await expect(never.start()).rejects.toMatchObject({ reason: "ServiceUnavailable" });
  });

  it("may be stopped while it starts", async () => {
    const cluster = new Cluster({ nodes: 5 });
    const starting = cluster.start();
    await cluster.stop();
    await starting;
  });

  it("may be stopped while its containers start", async () => {
    const cluster = await scene({
      "echo.js": echo,
      "slow.js": "await new Promise(r => setTimeout(r, 1e6)); export default () => {};",
    });
    for (const name of ["a", "b", "c"]) await cluster.declare(name, { module: "echo" });
    await cluster.declare("slow", { module: "slow" });
    await cluster.declare("child", { module: "slow", runtimeClassName: "process" });
    await cluster[Symbol.asyncDispose]();
  });

  it.each(["thread", "process"] as const)("that stops tells who waits for an answer (%s)", async runtime => {
    await using cluster = await scene(
      { "deaf.js": "export default () => new Promise(() => setInterval(() => {}, 1e6));" },
      { runtime },
    );
    await cluster.run("deaf", { module: "deaf" });
    await cluster.apply({ kind: "Service", metadata: { name: "empty" }, spec: { selector: "nobody" } });
    const pending = [
      cluster.api.request("deaf", 1),
      cluster.api.request("empty", 1),
      cluster.waitFor("Pod/nobody", "Ready"),
    ];
    const settled = Promise.allSettled(pending);
    await cluster.stop();
    const [asked, unserved] = (await Promise.race([
      settled,
      Promise.allSettled(pending.slice(0, 2)),
    ])) as PromiseRejectedResult[];
    for (const { reason: error } of [asked, unserved] as PromiseRejectedResult[])
      expect(error).toMatchObject({ reason: expect.stringMatching(/ClusterStopping|NoEndpoint/) });
    expect(asked?.reason.reason).toBe("ClusterStopping");
    await expect(cluster.api.request("deaf", 1)).rejects.toMatchObject({
      reason: "ClusterStopping",
      handled: "no",
    });
  });

  it("refuses what comes after its stop, with a reason", async () => {
    await using cluster = await scene({ "echo.js": echo });
    await cluster.run("echo", { module: "echo" });
    await cluster.stop();
    await expect(
      cluster.apply({ kind: "Container", metadata: { name: "late" }, spec: { module: "echo" } }),
    ).rejects.toMatchObject({ reason: "ServiceUnavailable" });
    await expect(cluster.delete("Container", "echo")).rejects.toMatchObject({ reason: "ServiceUnavailable" });
    await expect(cluster.waitFor("Container/late", "Ready")).rejects.toMatchObject({
      reason: "ServiceUnavailable",
    });
  });

  it("ends the watches and waits that are open when it stops", async () => {
    await using cluster = await scene();
    const watching = (async () => {
      for await (const { type } of cluster.watch("Pod")) if (type === "DELETED") return "changed";
      return "ended";
    })().catch((error: { reason: string }) => error.reason);
    const waiting = cluster.waitFor("Pod/nobody", "Ready").catch((error: { reason: string }) => error.reason);
    await cluster.stop();
    expect(await watching).toMatch(/ended|ServiceUnavailable/);
    expect(await waiting).toBe("ServiceUnavailable");
  });

  it("knows nothing of another in the same process", async () => {
    await using one = await scene({ "echo.js": echo });
    await using two = await scene({ "echo.js": echo.replace("said:", "heard:") });
    await Promise.all([one.run("echo", { module: "echo" }), two.run("echo", { module: "echo" })]);
    expect(await one.api.request("echo", 1)).toHaveProperty("said");
    expect(await two.api.request("echo", 1)).toHaveProperty("heard");
    await one.stop();
    expect(await two.api.request("echo", 1)).toHaveProperty("heard");
    expect(await two.list("Pod")).toHaveLength(1);
  });

  it("holds its process while it runs, and lets it end when it is stopped", { timeout: 60_000 }, async () => {
    const stopped = program(`
      const cluster = new Cluster({ images: "workers", nodes: 2 });
      await cluster.start();
      await cluster.apply({ kind: "Container", metadata: { name: "echo" }, spec: { module: "echo" } });
      await cluster.apply({ kind: "Container", metadata: { name: "child" }, spec: { module: "echo", runtimeClassName: "process" } });
      for (const name of ["echo", "child"]) await cluster.waitFor("Container/" + name, "Ready");
      void cluster.api.request("echo", 1, { timeoutMs: 1e9 });
      const logs = cluster.logs("Pod/echo", { follow: true })[Symbol.asyncIterator]();
      await logs.next();
      void (async () => { for await (const _ of cluster.watch("Pod")); })().catch(() => {});
      await cluster.stop();
      console.log("stopped");`);
    // Hollow pods have no thread that would hold the process; nor has a cluster without pods.
    const hollow = program(`
      const cluster = new Cluster({ runtime: "hollow" });
      await cluster.start();
      await cluster.waitFor("Pod/nobody", "Ready", { timeoutMs: 50 }).catch(error => console.log(error.reason));
      await cluster.stop();
      console.log("stopped");`);
    expect(await stopped).toBe("stopped\n");
    expect(await hollow).toBe("Timeout\nstopped\n");
  });

  it("is gone when its program is ended by Ctrl-C, in the middle of the demos", {
    timeout: 60_000,
  }, async () => {
    const demo = spawn(process.execPath, ["--import", "tsx", "demos/run.ts", "self-healing"], {
      cwd: root,
      stdio: ["ignore", "pipe", "inherit"],
      detached: true,
    });
    await once(demo.stdout, "data");
    process.kill(-(demo.pid ?? 0), "SIGINT");
    const [code, signal] = await once(demo, "exit");
    expect(signal === "SIGINT" || code !== 0).toBe(true);
    // Nobody of its process group is left; the bundler's own process needs a moment to notice.
    await vi.waitFor(() => expect(() => process.kill(-(demo.pid ?? 0), 0)).toThrow(/ESRCH/), 10_000);
  });
});
