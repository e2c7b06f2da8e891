import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterAll, expect, it } from "vitest";
import { ColdStartGate } from "./cold-start-gate.ts";
import { ThreadPool } from "./thread-pool.ts";

const folder = mkdtempSync(join(tmpdir(), "k4s-thread-pool-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Its threads load this text. */
function poolOf({ name, text, spares }: { name: string; text: string; spares: number }): ThreadPool {
  const loader = join(folder, `${name}.cjs`);
  writeFileSync(loader, text);
  return new ThreadPool({ young: 4, old: 32 }, async () => loader, new ColdStartGate(1), spares);
}

// Comes first: Piscina is not loaded yet.
it("starts a thread within the turn in which it is asked for, before whatever else the program does then", async () => {
  const pool = poolOf({ name: "lasting", text: "module.exports = () => new Promise(() => {});", spares: 1 });
  let isThere = false;
  process.once("worker", () => {
    isThere = true;
  });
  pool.warmUp();
  await nextTurn();
  expect(isThere).toBe(true);
  await pool.close();
});

it("starts no more threads at once than the gate lets through", async () => {
  const pool = poolOf({ name: "booting", text: "module.exports = new Promise(() => {});", spares: 0 });
  let threads = 0;
  const count = () => void threads++;
  process.on("worker", count);
  for (let i = 0; i < 5; i++)
    pool.take(
      () => {},
      () => {},
    );
  for (let turn = 0; turn < 10; turn++) await nextTurn();
  process.off("worker", count);
  expect(threads).toBe(1);
  await pool.close();
});

it("tells why a thread dies before it is warm, and goes on with the next", async () => {
  const text =
    "setTimeout(() => { throw new Error('no thread today'); }); module.exports = new Promise(() => {});";
  const pool = poolOf({ name: "dying", text, spares: 0 });
  const taken = () => new Promise((_, fail) => pool.take(() => fail("it is warm"), fail));
  await expect(taken()).rejects.toThrow("no thread today");
  await expect(taken()).rejects.toThrow("no thread today");
  await pool.close();
});

it("tells a thread which file it is that workers import as k4s, so that it can load that while it is spare", async () => {
  const text =
    "const { receiveMessageOnPort } = require('node:worker_threads'); module.exports = async port => { throw new Error(receiveMessageOnPort(port).message); };";
  const pool = poolOf({ name: "telling", text, spares: 0 });
  const { message } = await new Promise<Error>((warm, fail) =>
    pool.take(() => warm(new Error("warm")), fail),
  ).catch(error => error);
  expect(existsSync(new URL(message))).toBe(true);
  await pool.close();
});
