import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import vm from "node:vm";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { bootstrapFile } from "./bootstrap.ts";
import { compiledScript } from "./compiled.ts";
import { ColdStartGate, ThreadPool } from "./runtimes/thread-pool.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "k4s-compiled-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

it("keeps what the main thread has compiled, and reads it the next time", () => {
  const filename = join(folder, "bootstrap.cjs");
  writeFileSync(filename, "module.exports = 42;");
  const { text, compiled, keepAt } = compiledScript(filename, folder);
  expect(text).toContain("module.exports = 42;");
  const [name = ""] = readdirSync(folder).filter(name => name.startsWith("thread-"));
  expect(readFileSync(join(folder, name)).equals(compiled)).toBe(true);
  writeFileSync(join(folder, name), "kept");
  expect(compiledScript(filename, folder)).toEqual({ filename, text, keepAt, compiled: Buffer.from("kept") });
  // Another state of the file is another place.
  writeFileSync(filename, "module.exports = 'something else';");
  expect(String(compiledScript(filename, folder).compiled)).not.toBe("kept");
});

it("has a spare thread keep what it has compiled by the end of its rehearsal, with the functions inside", async () => {
  const script = compiledScript(await bootstrapFile("thread"), folder);
  const pool = new ThreadPool(
    { young: 4, old: 32 },
    Promise.resolve({ loader: await bootstrapFile("loader"), script }),
    new ColdStartGate(1),
    1,
  );
  pool.warmUp();
  const { text, filename } = script;
  const rehearsed = await vi.waitFor(() => readFileSync(script.keepAt ?? ""), { timeout: 20_000 });
  await pool.close();
  expect(rehearsed.length).toBeGreaterThan(script.compiled.length + 30_000);
  expect(new vm.Script(text, { filename, cachedData: rehearsed }).cachedDataRejected).toBe(false);
  const next = compiledScript(filename, folder);
  expect(next.keepAt).toBeUndefined();
  expect(rehearsed.equals(next.compiled)).toBe(true);
});
