/** What every runtime that runs code must hand over: all that is printed, whatever the container does then. */
import { afterAll, describe, expect, it } from "vitest";
import type { ContainerStart, Runtime } from "./runtime.ts";
import { alone, codeOf, containerOf, runToEnd, scriptOf } from "./test-containers.ts";

export function testOutput(make: () => Runtime): void {
  describe("what it prints", () => {
    const runtime = make();
    afterAll(() => runtime.close());
    const run = (body: string, change?: Partial<ContainerStart>) => runToEnd(runtime, body, change);

    const runScript = (body: string) => run(body, scriptOf(body));
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
      ["process.exitCode in an exit listener", "process.on('exit', () => { process.exitCode = 8; });", "", 8],
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
  });
}
