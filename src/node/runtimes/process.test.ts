import { constants } from "node:os";
import { afterAll, describe, expect, it } from "vitest";
import { realClock, realRandom } from "../../outside/index.ts";
import { ProcessRuntime } from "./process.ts";
import { testRuntime } from "./runtime.suite.ts";
import { alone, codeOf, containerOf, removeCode } from "./test-containers.ts";

afterAll(removeCode);

const make = () => new ProcessRuntime({ clock: realClock, random: realRandom });

testRuntime("process", { make, pass: async () => {}, runsCode: true });

describe.skipIf(process.platform === "win32")("ProcessRuntime", () => {
  const start = (body: string) => {
    const runtime = make();
    let text = "";
    const lines: string[] = [];
    let heard = () => {};
    const running = alone(
      runtime.start(
        containerOf({
          code: codeOf(`exports.default = async () => { ${body} };`),
          output: pieces => {
            for (const { bytes } of pieces) text += Buffer.from(bytes).toString();
            lines.splice(0, lines.length, ...text.split("\n").slice(0, -1));
            heard();
          },
        }),
      ),
    );
    /** Resolves with the first line that it prints. */
    const firstLine = new Promise<string>(resolve => {
      heard = () => lines[0] !== undefined && resolve(lines[0]);
    });
    return { runtime, running, firstLine, text: () => text };
  };

  it.each(["SIGSEGV", "SIGABRT", "SIGFPE", "SIGBUS", "SIGTERM", "SIGINT", "SIGKILL", "SIGUSR2"] as const)(
    "ends with 128 + n when %s ends it",
    async signal => {
      const { running } = start(
        `process.kill(process.pid, "${signal}"); await new Promise(() => setInterval(() => {}, 1e6));`,
      );
      expect(await running.exited).toEqual({
        exitCode: 128 + constants.signals[signal],
        reason: "Error",
        message: `ended by ${signal}`,
      });
    },
  );

  it("hands over what its own children print, and what goes past Node's streams", async () => {
    const { running, text } = start(
      `require("node:fs").writeSync(1, "one\\n"); require("node:child_process").execSync("echo two; echo three >&2", { stdio: "inherit" });`,
    );
    expect((await running.exited).exitCode).toBe(0);
    expect(text().split("\n").sort()).toEqual(["", "one", "three", "two"]);
  });

  it("tells all of a long error, and the end of it in its status", async () => {
    const { running, text } = start(`throw new Error("x".repeat(500_000));`);
    const { exitCode, message } = await running.exited;
    expect(exitCode).toBe(1);
    expect(message).toHaveLength(4096);
    expect(text()).toContain("x".repeat(500_000));
  });

  // A grandchild tells its number, and would go on for a minute.
  const grandchild = (options: string) =>
    `const child = require("node:child_process").spawn("sleep", ["60"], ${options}); child.unref(); console.log(child.pid);`;

  it("has ended although what has left its group still holds its pipes", async () => {
    const started = start(grandchild("{ stdio: 'inherit', detached: true }"));
    expect((await started.running.exited).exitCode).toBe(0);
    process.kill(Number(await started.firstLine), "SIGKILL");
  });
});
