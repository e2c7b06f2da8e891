/** What every runtime that runs code must give it and take from it: environment, memory, stdin, children, signals. */
import { afterAll, describe, expect, it } from "vitest";
import { Deferred } from "../../outside/index.ts";
import type { ContainerStart, Runtime } from "./runtime.ts";
import { alone, codeOf, containerOf, runs, runToEnd, scriptOf, turns } from "./test-containers.ts";

export function testCode(make: () => Runtime): void {
  describe("its code", () => {
    const runtime = make();
    afterAll(() => runtime.close());
    const run = (body: string, change?: Partial<ContainerStart>) => runToEnd(runtime, body, change);

    it("gives it its own environment and parameters, and nothing else", async () => {
      process.env.K4S_TEST_SECRET = "not for you";
      const { text } = await run(
        "exports.default = ({ parameters, env, self }) => console.log(JSON.stringify([parameters, env.COLOUR, process.env.K4S_TEST_SECRET ?? null, self.pod]));",
        { args: ["--precision=2", "--name=x y"], env: { COLOUR: "red" } },
      );
      expect(JSON.parse(text)).toEqual([{ precision: 2, name: "x y" }, "red", null, "p"]);
    });

    it("tells what it uses", async () => {
      const running = alone(runtime.start(containerOf()));
      await running.started;
      const { ageMs, cpuMs, memoryBytes } = await running.usage();
      expect(memoryBytes).toBeGreaterThan(100_000);
      expect(cpuMs).toBeGreaterThan(0);
      expect(ageMs).toBeGreaterThan(0);
      running.kill();
      await running.exited;
    });

    it("tells what its function has reported, and of that nothing that it could not have", async () => {
      const body = `exports.default = async ({ inbox, metrics: { gauge, counter, histogram } }) => {
        gauge("queue_depth", 7, { queue: "mail" });
        counter("jobs");
        histogram("seconds", 0.5);
        gauge("hostile", 1);
        Number.isFinite = () => true;
        gauge("hostile", "text");
        for await (const _ of inbox);
      };`;
      const running = alone(runtime.start(containerOf({ code: codeOf(body) })));
      await running.started;
      const { reported } = await running.usage();
      expect(reported?.series).toMatchObject([
        { type: "gauge", name: "queue_depth", labels: { queue: "mail" }, value: 7 },
        { type: "counter", name: "jobs", labels: {}, value: 1 },
        { type: "histogram", name: "seconds", count: 1, sum: 0.5 },
      ]);
      running.kill();
      await running.exited;
    });

    it.each([
      ["a throw", "exports.default = async () => { throw new Error('too much'); };"],
      ["a throw at import", "throw new Error('too much'); exports.default = () => {};"],
      [
        "an unhandled rejection",
        "exports.default = () => new Promise(() => { setTimeout(() => Promise.reject(new Error('too much'))); });",
      ],
    ])("ends with 1 after %s, and says why", async (_, body) => {
      const { exit } = await run(body);
      expect(exit).toMatchObject({ exitCode: 1, reason: "Error" });
      expect(exit.message).toContain("too much");
    });

    it("is killed for its memory, and harms nobody else", async () => {
      const hungry =
        "exports.default = () => { const all = []; for (;;) all.push(new Array(1000).fill(Math.random())); };";
      const { exit } = await run(hungry, { memoryBytes: 24 * 1024 * 1024 });
      const message = "it took more memory than its limit, 24 MiB";
      expect(exit).toEqual({ exitCode: 137, reason: "OOMKilled", message });
    });

    it("tells the beginning of a message that is nearly as large as its memory", async () => {
      const { exit, text } = await run(
        "exports.default = () => { throw new Error('begin' + 'x'.repeat(18e6)); };",
      );
      expect(exit).toMatchObject({ exitCode: 1, reason: "Error" });
      for (const told of [exit.message, text]) expect(told).toMatch(/^Error: beginx{1000}/);
      expect(text).toContain("… (18000005 characters)");
    });

    it.each([
      ["function", "exports.default = async () => { PROGRAM };", "default"],
      ["script", "(async () => { PROGRAM })();", undefined],
    ])("reads what is written to its stdin, at its own speed: a %s", async (_, code, functionName) => {
      const program = `let length = 0;
        for await (const bytes of process.stdin) { length += bytes.length; await new Promise(setImmediate); }
        console.log(process.stdin.fd, length);`;
      const printed: string[] = [];
      const running = alone(
        runtime.start(
          containerOf({
            code: codeOf(code.replace("PROGRAM", program)),
            functionName,
            stdin: true,
            output: pieces => void printed.push(...pieces.map(({ bytes }) => Buffer.from(bytes).toString())),
          }),
        ),
      );
      running.input(Buffer.from("early "));
      await running.started;
      running.input(Buffer.alloc(1_000_000, "x"));
      running.input(undefined);
      running.input(Buffer.from("too late"));
      expect((await running.exited).exitCode).toBe(0);
      expect(printed.join("")).toBe("0 1000006\n");
    });

    it("finds the end of its stdin where it has none, and is not held by one that it does not read", async () => {
      const reading = "process.stdin.on('data', () => {}).on('end', () => console.log('end'));";
      const reads = await run(reading, scriptOf(reading));
      expect(reads).toMatchObject({ text: "end\n", exit: { exitCode: 0 } });
      const code = codeOf("console.log('done');");
      const ignores = await run("", { code, functionName: undefined, stdin: true });
      expect(ignores).toMatchObject({ text: "done\n", exit: { exitCode: 0 } });
    });

    const forEver = "await new Promise(() => setInterval(() => {}, 1e6));";
    it.skipIf(process.platform === "win32").each([
      ["returns", "", "none"],
      ["exits", "process.exit(3);", "none"],
      ["throws", "throw new Error('enough');", "none"],
      ["is killed", forEver, "kill"],
      ["is killed while it spins", "for (;;);", "kill"],
      ["is there when the runtime closes", forEver, "close"],
    ])("ends with all that it has started when it %s", async (_, body, end) => {
      const own = make();
      let pid = "";
      const told = new Deferred<void>();
      const running = alone(
        own.start(
          containerOf({
            code: codeOf(`exports.default = async () => {
              const { spawn } = require("node:child_process");
              const { once } = require("node:events");
              const child = spawn("sleep", ["60"], { stdio: "ignore" });
              child.unref();
              // A grandchild, and one that its parent leaves behind.
              const shell = spawn("sh", ["-c", "sleep 60 & echo $!; wait"]);
              shell.unref();
              const [grandchild] = await once(shell.stdout, "data");
              const brief = spawn("sh", ["-c", "sleep 60 >/dev/null 2>&1 & echo $!"]);
              const [left] = await once(brief.stdout, "data");
              await once(brief, "close");
              const inner = \`const child = require("node:child_process").spawn("sleep", ["60"], { stdio: "ignore" });
                child.unref();
                require("node:worker_threads").parentPort.postMessage(child.pid);
                setInterval(() => {}, 1e6);\`;
              const [ofThread] = await once(new (require("node:worker_threads").Worker)(inner, { eval: true }), "message");
              console.log(child.pid, Number(grandchild), Number(left), ofThread);
              ${body}
            };`),
            output: pieces => {
              for (const { bytes } of pieces) pid += Buffer.from(bytes).toString();
              if (pid.includes("\n")) told.resolve();
            },
          }),
        ),
      );
      await told.promise;
      if (end === "kill") running.kill();
      if (end === "close") await own.close();
      await running.exited;
      // A while may pass until the system takes note.
      const pids = pid.split("\n", 1).join().split(" ").map(Number);
      expect(pids).toHaveLength(4);
      await expect.poll(() => pids.filter(runs), { timeout: 15_000 }).toEqual([]);
      await own.close();
    });

    it("finds modules where NODE_PATH and the home folder of its environment say", async () => {
      const body = "console.log(require.resolve.paths('x').filter(path => path.startsWith('/k4s-')).join());";
      const env = { NODE_PATH: "/k4s-path", HOME: "/k4s-home" };
      const { text } = await run(body, { env });
      expect(text).toBe("/k4s-path,/k4s-home/.node_modules,/k4s-home/.node_libraries\n");
    });

    it("runs a module without functions as a script, until it has nothing left to do", async () => {
      const { exit, text } = await run("setTimeout(() => console.log('done', process.argv[2]), 5);", {
        code: { ...codeOf("setTimeout(() => console.log('done', process.argv[2]), 5);"), script: true },
        functionName: undefined,
        args: ["x"],
      });
      expect(text).toBe("done x\n");
      expect(exit.exitCode).toBe(0);
    });

    it.each([
      [
        "that listens to SIGTERM is asked",
        "process.on('SIGTERM', () => process.exit(9)); setInterval(() => {}, 1e6);",
        9,
      ],
      ["that does not is ended", "setInterval(() => {}, 1e6);", 143],
    ])("a script %s", async (_, body, exitCode) => {
      const running = alone(runtime.start(containerOf(scriptOf(body))));
      await running.started;
      // It has started when it begins to run: once it has answered, it has run.
      await turns(running);
      running.stop(10_000);
      expect((await running.exited).exitCode).toBe(exitCode);
    });
  });
}
