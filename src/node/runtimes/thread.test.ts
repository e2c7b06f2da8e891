import { afterAll, describe, expect, it } from "vitest";
import { realClock, realRandom } from "../../outside/index.ts";
import { testRuntime } from "./runtime.suite.ts";
import { alone, codeOf, containerOf, removeCode } from "./test-containers.ts";
import { ThreadRuntime } from "./thread.ts";

afterAll(removeCode);

testRuntime("thread", {
  make: () => new ThreadRuntime({ clock: realClock, random: realRandom, spares: 1 }),
  pass: async () => {},
  runsCode: true,
});

describe("ThreadRuntime", () => {
  const run = async (body: string, script = false) => {
    const runtime = new ThreadRuntime({
      clock: realClock,
      random: realRandom,
      spares: 0,
      startDeadlineMs: 300,
    });
    let length = 0;
    const running = alone(
      runtime.start(
        containerOf({
          code: { ...codeOf(body), script },
          output: pieces => {
            for (const { bytes } of pieces) length += bytes.length;
          },
        }),
      ),
    );
    const failure = await running.started.then(
      () => undefined,
      (error: Error) => error,
    );
    const exit = await running.exited;
    await runtime.close();
    return { failure, exit, length };
  };

  it("gives up on a module that never finishes loading", async () => {
    const { failure, exit } = await run("for (;;); exports.default = () => {};");
    expect(failure?.message).toContain("did not finish loading");
    expect(exit.exitCode).toBe(137);
  });

  it("takes in a flood of output without losing any, because the thread is held back", async () => {
    const { exit, length } = await run(
      "exports.default = () => { for (let i = 0; i < 200_000; i++) console.log('line'); };",
    );
    expect(exit.exitCode).toBe(0);
    expect(length).toBe(200_000 * 5);
  });

  it.each([
    [
      "posts garbage to its parent",
      "exports.default = () => { const { parentPort } = require('node:worker_threads'); for (const x of [null, 1, {}, { port: 1 }, []]) parentPort?.postMessage(x); };",
      0,
    ],
    [
      "breaks what threads talk with",
      "exports.default = () => { require('node:worker_threads').MessagePort.prototype.postMessage = () => { throw new Error('no'); }; globalThis.Promise = undefined; };",
      undefined,
    ],
    [
      "takes away what Node needs to exit",
      "exports.default = () => { process.off = undefined; process.emit = undefined; };",
      undefined,
    ],
    [
      "closes its stdout",
      "exports.default = () => { process.stdout.destroy(); process.stdout.end(); console.log('x'); };",
      undefined,
    ],
    [
      "exits again and again",
      "process.on('exit', () => { for (let i = 0; i < 100; i++) process.exit(i); }); exports.default = () => process.exit(5);",
      undefined,
    ],
  ])("survives a worker that %s", async (_, body, exitCode) => {
    const { exit } = await run(body);
    if (exitCode !== undefined) expect(exit.exitCode).toBe(exitCode);
  });

  it("runs a module that awaits at its top level", async () => {
    const runtime = new ThreadRuntime({ clock: realClock, random: realRandom, spares: 0 });
    const code = codeOf("await 0; export default () => {};", "mjs");
    const running = alone(runtime.start(containerOf({ code })));
    await running.started;
    expect((await running.exited).exitCode).toBe(0);
    await runtime.close();
  });

  it("keeps no thread when it is closed", async () => {
    const runtime = new ThreadRuntime({ clock: realClock, random: realRandom, spares: 2 });
    runtime.warmUp();
    const running = alone(runtime.start(containerOf()));
    await running.started;
    await runtime.close();
    expect((await running.exited).exitCode).toBe(137);
  });
});
