import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it, vi } from "vitest";
import { ColdStartGate, ThreadPool } from "./thread-pool.ts";

const folder = mkdtempSync(join(tmpdir(), "k4s-thread-pool-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Its threads load this text. */
function poolOf({ name, text, spares }: { name: string; text: string; spares: number }): ThreadPool {
  const loader = join(folder, `${name}.cjs`);
  writeFileSync(loader, text);
  const nothing = { text: "", compiled: new Uint8Array(), isComplete: true, keepAt: undefined };
  const bootstrap = Promise.resolve({ loader, script: { filename: loader, ...nothing } });
  return new ThreadPool({ young: 4, old: 32 }, bootstrap, new ColdStartGate(1), spares);
}

it("tells why a thread dies before it is warm, and goes on with the next", async () => {
  const text =
    "setTimeout(() => { throw new Error('no thread today'); }); module.exports = new Promise(() => {});";
  const pool = poolOf({ name: "dying", text, spares: 0 });
  const taken = () => new Promise((_, fail) => pool.take(() => fail("it is warm"), fail));
  await expect(taken()).rejects.toThrow("no thread today");
  await expect(taken()).rejects.toThrow("no thread today");
  await pool.close();
});

it("wakes a spare thread once when it is about to be taken", async () => {
  const heard = join(folder, "heard");
  const text = `module.exports = ({ line }) => {
    line.on("message", ({ type }) => require("node:fs").appendFileSync(${JSON.stringify(heard)}, type + " "));
    line.postMessage({ type: "warm", threadId: require("node:worker_threads").threadId });
    return new Promise(() => {});
  };`;
  const pool = poolOf({ name: "hearing", text, spares: 1 });
  pool.warmUp();
  await vi.waitFor(
    () => {
      pool.warmUp();
      expect(readFileSync(heard, "utf8")).toBe("wake ");
    },
    { timeout: 20_000 },
  );
  await new Promise<void>((resolve, reject) =>
    pool.take(({ line }) => resolve(line.postMessage({ type: "start" })), reject),
  );
  await vi.waitFor(() => expect(readFileSync(heard, "utf8")).toBe("wake start "), { timeout: 20_000 });
  await pool.close();
});
