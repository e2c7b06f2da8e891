import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it, vi } from "vitest";
import { ColdStartGate, ThreadPool } from "./thread-pool.ts";

const folder = mkdtempSync(join(tmpdir(), "k4s-thread-pool-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("tells why a thread dies before it is warm, and goes on with the next", async () => {
  const loader = join(folder, "loader.cjs");
  writeFileSync(
    loader,
    "setTimeout(() => { throw new Error('no thread today'); }); module.exports = new Promise(() => {});",
  );
  const script = {
    filename: loader,
    text: "",
    compiled: new Uint8Array(),
    isComplete: true,
    keepAt: undefined,
  };
  const gate = new ColdStartGate(1);
  const pool = new ThreadPool({ young: 4, old: 32 }, Promise.resolve({ loader, script }), gate, 0);
  const taken = () => new Promise((_, fail) => pool.take(() => fail("it is warm"), fail));
  await expect(taken()).rejects.toThrow("no thread today");
  await expect(taken()).rejects.toThrow("no thread today");
  await pool.close();
});

it("wakes a spare thread once when it is about to be taken", async () => {
  const loader = join(folder, "hearing.cjs");
  const heard = join(folder, "heard");
  writeFileSync(
    loader,
    `module.exports = ({ line }) => {
      line.on("message", ({ type }) => require("node:fs").appendFileSync(${JSON.stringify(heard)}, type + " "));
      line.postMessage({ type: "warm", threadId: require("node:worker_threads").threadId });
      return new Promise(() => {});
    };`,
  );
  const script = {
    filename: loader,
    text: "",
    compiled: new Uint8Array(),
    isComplete: true,
    keepAt: undefined,
  };
  const pool = new ThreadPool(
    { young: 4, old: 32 },
    Promise.resolve({ loader, script }),
    new ColdStartGate(1),
    1,
  );
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
