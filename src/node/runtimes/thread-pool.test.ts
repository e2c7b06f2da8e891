import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { ColdStartGate, ThreadPool } from "./thread-pool.ts";

const folder = mkdtempSync(join(tmpdir(), "k4s-thread-pool-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Its threads load this text. */
function poolOf({ name, text, spares }: { name: string; text: string; spares: number }): ThreadPool {
  const loader = join(folder, `${name}.cjs`);
  writeFileSync(loader, text);
  return new ThreadPool({ young: 4, old: 32 }, async () => loader, new ColdStartGate(1), spares);
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
