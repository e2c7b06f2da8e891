/**
 * What every runtime must do, in words of the port (runtime.ts). Each driver's test runs it; what a driver cannot do, for
 * it pretends, is named there with its reason.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Code, OutputPiece } from "../worker/index.ts";
import { codeOfFile } from "./images/index.ts";
import type { ContainerStart, RunningContainer, Runtime } from "./runtime.ts";

/** What the suite asks for: behaviour, which a driver brings about by code or by annotations. */
export type Behaviour =
  | "runs until stopped"
  | "ends with 3"
  | "has nothing to run"
  | "ignores stop"
  | "spins";

export interface SuiteOptions {
  readonly make: () => Runtime;
  /** Lets time pass for a driver in virtual time. */
  readonly pass: (ms: number) => Promise<void>;
  /** True where code is really run: output, environment, errors. */
  readonly runsCode: boolean;
}

const sources: Record<Behaviour, string> = {
  "runs until stopped": "exports.default = async ({ inbox }) => { for await (const _ of inbox); }",
  "ends with 3": "exports.default = async () => { process.exit(3); }",
  "has nothing to run": "exports.other = () => {};",
  "ignores stop": "exports.default = () => new Promise(() => setInterval(() => {}, 1000));",
  spins: "exports.default = async () => { for (;;); }",
};

const annotations: Record<Behaviour, Record<string, string>> = {
  "runs until stopped": {},
  "ends with 3": { "k4s.dev/hollow-exit-after": "10ms:3" },
  "has nothing to run": { "k4s.dev/hollow-start-failure": "there is nothing to run" },
  "ignores stop": { "k4s.dev/hollow-stop-after": "never" },
  spins: { "k4s.dev/hollow-unresponsive-after": "0s", "k4s.dev/hollow-stop-after": "never" },
};

const folder = mkdtempSync(join(tmpdir(), "k4s-runtime-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;

export function codeOf(text: string, extension = "cjs"): Code {
  const file = join(folder, `${files++}-example.${extension}`);
  writeFileSync(file, text);
  return codeOfFile(file);
}

export function containerOf(change: Partial<ContainerStart> = {}): ContainerStart {
  return {
    code: codeOf(sources["runs until stopped"]),
    functionName: "default",
    args: [],
    env: {},
    self: { name: "p", namespace: "default", node: "n", labels: {}, restarts: 0, pod: "p", container: "c" },
    memoryBytes: undefined,
    annotations: {},
    output: () => {},
    ...change,
  };
}

/** Answers on the control port as the network does for a container that nobody talks to. */
export function alone(running: RunningContainer): RunningContainer {
  const { control } = running;
  control?.on("message", asked => {
    if ((asked as { type: string }).type === "draining") control.postMessage({ type: "introduced-to-all" });
  });
  void running.exited.then(() => control?.close());
  return running;
}

export function testRuntime(name: string, { make, pass, runsCode }: SuiteOptions): void {
  describe(`runtime ${name}`, () => {
    const runtime = make();
    afterAll(() => runtime.close());
    const start = (behaviour: Behaviour, change: Partial<ContainerStart> = {}) =>
      alone(
        runtime.start(
          containerOf({ code: codeOf(sources[behaviour]), annotations: annotations[behaviour], ...change }),
        ),
      );

    it("runs a container until it is stopped", async () => {
      const running = start("runs until stopped");
      await running.started;
      expect(await running.responds(5_000)).toBe(true);
      running.stop(10_000);
      expect(await running.exited).toEqual({ exitCode: 0, reason: "Completed" });
      expect(await running.responds(10)).toBe(false);
    });

    it("reports the exit code of one that ends by itself", async () => {
      const running = start("ends with 3");
      await running.started;
      await pass(10);
      expect(await running.exited).toMatchObject({ exitCode: 3, reason: "Error" });
    });

    it("says that there is nothing to run before it says that it has ended", async () => {
      const running = start("has nothing to run");
      await expect(running.started).rejects.toMatchObject({ reason: "RunContainerError" });
      expect(await running.exited).toMatchObject({ exitCode: 128 });
    });

    it("kills one that ignores stop", async () => {
      const running = start("ignores stop");
      await running.started;
      running.stop(1_000);
      running.kill();
      running.kill();
      expect(await running.exited).toEqual({ exitCode: 137, reason: "Error" });
    });

    it("sees that one spins, and kills it", async () => {
      const running = start("spins");
      await running.started;
      const answer = running.responds(100);
      await pass(100);
      expect(await answer).toBe(false);
      running.kill();
      expect((await running.exited).exitCode).toBe(137);
    });

    it("may be stopped or killed before it has started", async () => {
      for (const end of ["stop", "kill"] as const) {
        const running = start("runs until stopped");
        if (end === "stop") running.stop(1_000);
        else running.kill();
        await running.started.catch(() => {});
        expect([0, 137]).toContain((await running.exited).exitCode);
      }
    });

    it("gives each container an id of its own", () => {
      const [one, two] = [0, 1].map(restarts =>
        start("runs until stopped", { self: { ...containerOf().self, restarts } }),
      );
      expect(one?.id).not.toBe(two?.id);
      expect(one?.id).toMatch(new RegExp(`^${runtime.name}://`));
      one?.kill();
      two?.kill();
    });

    describe.runIf(runsCode)("with code", () => {
      const run = async (body: string, change: Partial<ContainerStart> = {}) => {
        const printed: OutputPiece[] = [];
        const running = alone(
          runtime.start(
            containerOf({ code: codeOf(body), output: pieces => void printed.push(...pieces), ...change }),
          ),
        );
        await running.started.catch(() => {});
        const exit = await running.exited;
        return { exit, text: Buffer.concat(printed.map(({ bytes }) => bytes)).toString() };
      };

      const runScript = (body: string) =>
        run(body, { code: { ...codeOf(body), script: true }, functionName: undefined });
      const naïve = [...Buffer.from("naïve ☕\n")];

      it.each([
        ["process.exit", "console.log('one'); process.stdout.write('two'); process.exit(4);", "one\ntwo", 4],
        ["a return", "for (let i = 0; i < 20_000; i++) console.log('line');", "line\n".repeat(20_000), 0],
        [
          "process.exit after much",
          "for (let i = 0; i < 20_000; i++) console.log('line'); process.exit(5);",
          "line\n".repeat(20_000),
          5,
        ],
        ["an exit listener", "process.on('exit', code => { console.log('bye', code); });", "bye 0\n", 0],
        [
          "an exit listener after the others are removed",
          "process.removeAllListeners(); process.on('exit', () => console.log('bye'));",
          "bye\n",
          0,
        ],
        ["process.exitCode", "process.exitCode = 7;", "", 7],
        [
          "process.exitCode in an exit listener",
          "process.on('exit', () => { process.exitCode = 8; });",
          "",
          8,
        ],
        ["process.exitCode as text", "process.exitCode = '9';", "", 9],
        [
          "process.exitCode that none is",
          "try { process.exitCode = 1.5; } catch (error) { console.log(error.code ?? error.name); }",
          "ERR_OUT_OF_RANGE\n",
          0,
        ],
        ["a code that is no byte", "process.exit(-1);", "", 255],
        [
          "bytes one by one",
          `for (const byte of ${JSON.stringify(naïve)}) process.stdout.write(Uint8Array.of(byte));`,
          "naïve ☕\n",
          0,
        ],
        [
          "encodings",
          "process.stdout.write('68656c6c6f0a', 'hex'); process.stdout.write('aGk=', 'base64'); process.stdout.write('\\xe9', 'utf8');",
          "hello\nhié",
          0,
        ],
        ["a callback", "process.stdout.write('x\\n', () => console.log('y'));", "x\n", 0],
        [
          "what a promise waits for",
          "return new Promise(resolve => process.stdout.write('x\\n', 'utf8', () => { console.log('y'); resolve(); }));",
          "x\ny\n",
          0,
        ],
        [
          "drain",
          "const written = process.stdout.write('x'.repeat(20_000)); return new Promise(resolve => written ? resolve() : process.stdout.once('drain', resolve)).then(() => console.log('y'));",
          `${"x".repeat(20_000)}y\n`,
          0,
        ],
        [
          "a stream that is no terminal",
          "console.log([process.stdout.columns, process.stdout.isTTY, process.stdout.fd].join());",
          ",,1\n",
          0,
        ],
        [
          "a pipeline",
          "return require('node:stream/promises').pipeline(require('node:stream').Readable.from(['a', 'b']), process.stdout, { end: false }).then(() => console.log('c'));",
          "abc\n",
          0,
        ],
      ])("hands over what is printed, and the exit code: %s", async (_, body, text, exitCode) => {
        const ended = await run(`exports.default = () => { ${body} };`);
        expect(ended.text).toBe(text);
        expect(ended.exit.exitCode).toBe(exitCode);
      });

      it.each([
        [
          "prints before the end, once",
          "process.on('beforeExit', () => console.log('before')); console.log('hello');",
          "hello\nbefore\n",
          0,
        ],
        ["sets its exit code", "setTimeout(() => { process.exitCode = 6; }, 5);", "", 6],
        [
          "sets its exit code at the end",
          "process.once('beforeExit', () => { process.exitCode = 6; });",
          "",
          6,
        ],
      ])("a script %s", async (_, body, text, exitCode) => {
        const ended = await runScript(body);
        expect(ended.text).toBe(text);
        expect(ended.exit.exitCode).toBe(exitCode);
      });

      it.each([
        ["in a timer", "setTimeout(() => { throw error; }, 1);"],
        ["in a promise", "Promise.reject(error);"],
        ["in the function", "throw error;"],
        ["later in the function", "return Promise.resolve().then(() => { throw error; });"],
      ])("prints what is thrown %s, as Node does: stack, fields and causes", async (_, body) => {
        const error =
          "Object.assign(new RangeError('too much', { cause: new TypeError('the cause') }), { code: 'E_MUCH' })";
        const { exit, text } = await run(
          `exports.default = () => { process.on('exit', () => console.log('bye')); const error = ${error}; ${body} return new Promise(() => setTimeout(() => {}, 1e6)); };`,
        );
        expect(exit).toMatchObject({ exitCode: 1, reason: "Error" });
        for (const said of [text, exit.message ?? ""])
          expect(said).toMatch(
            /RangeError: too much\n +at [\s\S]*example\.cjs[\s\S]*E_MUCH[\s\S]*TypeError: the cause/,
          );
        expect(text.match(/RangeError: too much/g)).toHaveLength(1);
        expect(text).toContain("bye\n");
      });

      it("prints nothing of what the container handles by itself", async () => {
        const { text } = await run(
          "exports.default = () => new Promise(resolve => { process.on('uncaughtException', () => { console.log('handled'); resolve(); }); setTimeout(() => { throw new Error('too much'); }); });",
        );
        expect(text).toBe("handled\n");
      });

      it("hands over what was printed by one that is killed while it spins", async () => {
        const printed: Uint8Array[] = [];
        const spins =
          "exports.default = () => { for (let i = 0; i < 100; i++) console.log('line'); for (;;); };";
        const running = alone(
          runtime.start(
            containerOf({
              code: codeOf(spins),
              output: pieces => {
                printed.push(...pieces.map(({ bytes }) => bytes));
                if (Buffer.concat(printed).length === 500) running.kill();
              },
            }),
          ),
        );
        expect((await running.exited).exitCode).toBe(137);
        expect(Buffer.concat(printed).toString()).toBe("line\n".repeat(100));
      });

      it("kills one that prints without end", async () => {
        let count = 0;
        const prints = "exports.default = () => { for (;;) console.log('line'); };";
        const running = alone(
          runtime.start(
            containerOf({
              code: codeOf(prints),
              output: () => {
                if (++count === 50) running.kill();
              },
            }),
          ),
        );
        expect((await running.exited).exitCode).toBe(137);
        expect(count).toBeGreaterThanOrEqual(50);
      });

      it("gives it its own environment and parameters, and nothing else", async () => {
        process.env.K4S_TEST_SECRET = "not for you";
        const { text } = await run(
          "exports.default = ({ parameters, env, self }) => console.log(JSON.stringify([parameters, env.COLOUR, process.env.K4S_TEST_SECRET ?? null, self.pod]));",
          { args: ["--precision=2", "--name=x y"], env: { COLOUR: "red" } },
        );
        expect(JSON.parse(text)).toEqual([{ precision: 2, name: "x y" }, "red", null, "p"]);
      });

      it("tells what it uses", async () => {
        const running = start("runs until stopped");
        await running.started;
        running.usage();
        await running.responds(10_000);
        const { cpuMs, memoryBytes } = running.usage();
        expect(memoryBytes).toBeGreaterThan(100_000);
        expect(cpuMs).toBeGreaterThan(0);
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
        expect(exit).toEqual({ exitCode: 137, reason: "OOMKilled" });
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
        const running = alone(
          runtime.start(containerOf({ code: { ...codeOf(body), script: true }, functionName: undefined })),
        );
        await running.started;
        // It has started when it begins to run: once it has answered, it has run.
        await running.responds(10_000);
        running.stop(10_000);
        expect((await running.exited).exitCode).toBe(exitCode);
      });
    });
  });
}
