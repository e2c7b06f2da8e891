/**
 * What every runtime must do, in words of the port (runtime.ts). Each driver's test runs it; what a driver cannot do, for
 * it pretends, is named there with its reason.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { Deferred } from "../../outside/index.ts";
import type { Code, OutputPiece } from "../../worker/index.ts";
import { codeOfFile } from "../images/index.ts";
import type { Session } from "../streams/session.ts";
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
    main: undefined,
    sockets: { prefix: join(folder, ""), podIP: "127.1.2.3" },
    mounts: [],
    env: {},
    self: { name: "p", namespace: "default", node: "n", labels: {}, restarts: 0, pod: "p", container: "c" },
    stdin: false,
    memoryBytes: undefined,
    annotations: {},
    output: () => {},
    ...change,
  };
}

/** What a command printed, and how it ended. */
interface Told {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Why no command of its own ended. */
  readonly message?: string;
}

/** Whether its event loop turns; false where the container ends before it does. */
async function turns(running: RunningContainer): Promise<boolean> {
  const { exitCode } = await running.exec(["event-loop"]).exited;
  return exitCode === 0;
}

async function told(session: Session): Promise<Told> {
  const printed = { stdout: "", stderr: "" };
  for await (const { stream, bytes } of session.output) printed[stream] += Buffer.from(bytes).toString();
  return { ...(await session.exited), ...printed };
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

/** Whether there is such a process, and it has not ended. */
function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "latin1"));
  } catch (error) {
    // Where the system has no such file, what has ended is taken note of by and by.
    return (error as NodeJS.ErrnoException).code === "ENOENT" && process.platform !== "linux";
  }
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
      expect(await turns(running)).toBe(true);
      running.stop(10_000);
      expect(await running.exited).toEqual({ exitCode: 0, reason: "Completed" });
      expect(await turns(running)).toBe(false);
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
      const answer = turns(running);
      await pass(100);
      running.kill();
      expect(await answer).toBe(false);
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

    it("runs a command beside a container, and says what it does not know", async () => {
      const running = start("runs until stopped");
      await running.started;
      expect(await told(running.exec(["event-loop"]))).toEqual({ exitCode: 0, stdout: "", stderr: "" });
      const unknown = await told(running.exec(["no-such-program"]));
      expect(unknown.exitCode).toBeGreaterThan(0);
      expect(unknown.message).toContain('"no-such-program"');
      running.kill();
      await running.exited;
      expect(await told(running.exec(["event-loop"]))).toMatchObject({ exitCode: 137 });
    });

    it("ends a command with its container, and when nobody is interested any more", async () => {
      const running = start("spins");
      await running.started;
      const [left, kept] = [running.exec(["event-loop"]), running.exec(["event-loop"])];
      left.close();
      left.close();
      expect((await left.exited).exitCode).toBe(137);
      running.kill();
      expect((await kept.exited).exitCode).toBe(137);
      expect((await told(kept)).stdout).toBe("");
    });

    describe.runIf(runsCode)("with code", () => {
      const inside = async (
        use: (exec: (command: string[], input?: string) => Promise<Told>) => Promise<void>,
      ) => {
        const running = alone(
          runtime.start(
            containerOf({
              code: codeOf(
                "globalThis.count = 1; exports.default = () => new Promise(() => setInterval(() => {}, 1e6));",
              ),
              env: { COLOUR: "red", SIZE: "two\nlines" },
            }),
          ),
        );
        await running.started;
        await use((command, input) => {
          const session = running.exec(command);
          if (input !== undefined) session.write(Buffer.from(input));
          session.end();
          return told(session);
        });
        expect(await turns(running)).toBe(true);
        running.kill();
        await running.exited;
      };

      it("runs commands in the container's world, which goes on", () =>
        inside(async exec => {
          const file = fileURLToPath(import.meta.url);
          const cases: [string[], Partial<Told>][] = [
            [["node", "-p", "count + 1"], { stdout: "2\n" }],
            [["node", "-p", "process.env.COLOUR"], { stdout: "red\n" }],
            [["node", "-p", "[1, { a: 'b' }]"], { stdout: "[ 1, { a: 'b' } ]\n" }],
            [["node", "-p", "path.join('a', 'b')"], { stdout: "a/b\n" }],
            [["node", "-p", "process.argv.slice(1).join()", "x", "y"], { stdout: "x,y\n" }],
            [["node", "-e", "count = 5"], { stdout: "" }],
            [["node", "-p", "count"], { stdout: "5\n" }],
            [
              ["node", "-e", "var mine = 1; console.log(mine); console.error('b')"],
              { stdout: "1\n", stderr: "b\n" },
            ],
            [["node", "-p", "typeof mine"], { stdout: "undefined\n" }],
            [["node", "-e", "process.exit(3)"], { exitCode: 3 }],
            [["node", "-e", "process.exitCode = 4"], { exitCode: 4 }],
            [
              ["node", "-e", "setTimeout(() => { console.log('later'); process.exit(6); }, 5)"],
              { exitCode: 6, stdout: "later\n" },
            ],
            [
              [
                "node",
                "-e",
                "let n = 0; const t = setInterval(() => { console.log(++n); if (n === 2) clearInterval(t); }, 1)",
              ],
              { stdout: "1\n2\n" },
            ],
            [
              ["node", "-e", "new Promise(resolve => setTimeout(resolve, 5)).then(() => console.log('x'))"],
              { stdout: "x\n" },
            ],
            [
              ["node", "-e", "import('node:os').then(os => console.log(typeof os.cpus))"],
              { stdout: "function\n" },
            ],
            [
              [
                "node",
                "-e",
                "process.stdin.on('data', data => { console.log(String(data)); process.exit(); }); new Promise(() => {})",
              ],
              { stdout: "in\n" },
            ],
            [["node", "-v"], { stdout: `${process.version}\n` }],
            [["echo", "a", "b"], { stdout: "a b\n" }],
            [["echo", "-n", "a"], { stdout: "a" }],
            [["printenv", "COLOUR"], { stdout: "red\n" }],
            [["printenv", "NOTHING"], { exitCode: 1, stdout: "" }],
            [["env"], { stdout: "SIZE=two\nlines\n" }],
            [["cat"], { stdout: "in" }],
            [
              ["cat", "-", "/no/such"],
              { exitCode: 1, stdout: "in", stderr: "cat: /no/such: No such file or directory\n" },
            ],
            [["cat", file], { stdout: readFileSync(file, "utf8") }],
            [
              ["ls", "/no/such"],
              { exitCode: 2, stderr: "ls: cannot access '/no/such': No such file or directory\n" },
            ],
            [["ls", file], { stdout: `${file}\n` }],
          ];
          for (const [command, expected] of cases) {
            const answer = await exec(command, "in");
            if (command[0] === "env") expect(answer.stdout).toContain(expected.stdout);
            else
              expect({ command, ...answer }).toEqual({
                command,
                exitCode: 0,
                stdout: "",
                stderr: "",
                ...expected,
              });
          }
        }));

      it("says what is wrong with a command", () =>
        inside(async exec => {
          for (const [command, said, exitCode] of [
            [["node", "-e", "throw new TypeError('no')"], /^Uncaught TypeError: no\n +at /, 1],
            [
              ["node", "-e", "setTimeout(() => { throw new TypeError('no'); })"],
              /^Uncaught TypeError: no/,
              1,
            ],
            [["node", "-p", "Promise.reject(new TypeError('no'))"], /^Uncaught TypeError: no/, 1],
            [["node", "-e", "("], /^Uncaught SyntaxError/, 1],
            [["node", "-e"], /requires an argument/, 1],
            [["node", "server.js"], /Cannot find module/, 1],
            [["nod", "-v"], /^exec: "nod": executable file not found in \$PATH; did you mean "node"\?/, 127],
            [["ls", "--all"], /unrecognized option: --all/, 1],
            [[], /^exec: "": executable file not found/, 127],
          ] as const) {
            const answer = await exec([...command]);
            expect(answer.stderr || answer.message).toMatch(said);
            expect(answer.exitCode).toBe(exitCode);
          }
        }));

      it("is held back by who reads slowly, and the container is not", async () => {
        const running = start("runs until stopped");
        await running.started;
        const session = running.exec([
          "node",
          "-e",
          "globalThis.written = 0; new Promise(resolve => { const more = () => { if ((written += 65536) > 4e6) resolve(); else process.stdout.write('x'.repeat(65536), more); }; more(); })",
        ]);
        const first = await session.output[Symbol.asyncIterator]().next();
        expect(first.value.bytes.length).toBe(65_536);
        // As often as is needed for what is under way.
        for (let i = 0; i < 20; i++) await turns(running);
        const written = Number((await told(running.exec(["node", "-p", "written"]))).stdout);
        expect(written).toBeLessThan(1e6);
        expect((await told(session)).stdout.length + 65_536).toBe(65_536 * 61);
        running.kill();
        await running.exited;
      });

      it("tells a command the size of its terminal", async () => {
        const running = start("runs until stopped");
        await running.started;
        const session = running.exec([
          "node",
          "-e",
          "process.stdout.once('resize', () => { process.stdout.write([process.stdout.columns, process.stdout.isTTY].join(' ')); process.exit(); }); new Promise(() => {})",
        ]);
        session.resize(40, 10);
        expect((await told(session)).stdout).toBe("40 true");
        running.kill();
        await running.exited;
      });

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
        await expect.poll(() => running.usage().memoryBytes, { timeout: 10_000 }).toBeGreaterThan(100_000);
        expect(running.usage().cpuMs).toBeGreaterThan(0);
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
              output: pieces =>
                void printed.push(...pieces.map(({ bytes }) => Buffer.from(bytes).toString())),
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
        const reads = await runScript(
          "process.stdin.on('data', () => {}).on('end', () => console.log('end'));",
        );
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
                console.log(child.pid, Number(grandchild), Number(left));
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
        expect(pids).toHaveLength(3);
        await expect.poll(() => pids.filter(runs), { timeout: 15_000 }).toEqual([]);
        await own.close();
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
        await turns(running);
        running.stop(10_000);
        expect((await running.exited).exitCode).toBe(exitCode);
      });
    });
  });
}
