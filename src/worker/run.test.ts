import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Assignment, Order } from "./protocol.ts";
import { Run } from "./run.ts";

const { argv, execArgv } = process;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "k4s-run-"));
});
afterEach(() => {
  Object.assign(process, { argv, execArgv });
  for (const signal of ["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP"]) process.removeAllListeners(signal);
  rmSync(folder, { recursive: true });
});

it("a command that was told to stop before it had begun is told once it runs", async () => {
  // A program that ends when its session does, in place of the commands that come along.
  const file = join(folder, "commands.cjs");
  const waits = "new Promise(end => session.signal.addEventListener('abort', () => end({ exitCode: 143 })))";
  writeFileSync(file, `exports.problemWith = () => {}; exports.runCommand = (_, session) => ${waits};`);
  const ended = new Promise<number | undefined>(exit => {
    let take: (order: Order) => void = () => {};
    const port = { on: (_: string, listener: typeof take) => (take = listener), postMessage() {} };
    const host = {
      port,
      exit,
      prepare() {},
      usage: () => ({ cpuMs: 0, memoryBytes: 0 }),
      hold() {},
      lead() {},
    };
    new Run(host as never).listen();
    const assignment = {
      code: { filename: "" },
      args: [],
      execArgv: [],
      mounts: [],
      env: {},
      self: {},
      main: { command: ["waits"], file, tty: false },
      sockets: { prefix: folder, podIP: "127.1.0.1" },
    } as unknown as Assignment;
    take({ type: "start", assignment, control: undefined, input: undefined });
    take({ type: "stop", graceMs: 60_000 });
  });
  expect(await ended).toBe(143);
});
