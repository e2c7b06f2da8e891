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
  const script = compiledScript(filename, folder);
  expect(script.text).toContain("module.exports = 42;");
  const [name = ""] = readdirSync(folder).filter(name => name.startsWith("thread-"));
  expect(readFileSync(join(folder, name)).equals(script.compiled)).toBe(true);
  writeFileSync(join(folder, name), "kept");
  expect(compiledScript(filename, folder)).toEqual({
    ...script,
    compiled: new Uint8Array(Buffer.from("kept")),
  });
  // Another state of the file is another place.
  writeFileSync(filename, "module.exports = 'something else';");
  expect(compiledScript(filename, folder).compiled.length).not.toBe("kept".length);
});

it.each([
  ["where there is nothing", undefined],
  ["in place of what V8 refuses", "nonsense"],
])(
  "has a rehearsed thread keep what is compiled by then, with the functions inside, %s",
  async (_, before) => {
    const file = await bootstrapFile("thread");
    const plain = compiledScript(file, folder);
    const keepAt = plain.keepAt ?? "";
    if (before) writeFileSync(keepAt, before);
    const script = compiledScript(file, folder);
    const bootstrap = Promise.resolve({ loader: await bootstrapFile("loader"), script });
    const pool = new ThreadPool({ young: 4, old: 32 }, bootstrap, new ColdStartGate(1), 1);
    pool.warmUp();
    const kept = await vi.waitFor(
      () => {
        const { compiled, isComplete } = compiledScript(file, folder);
        expect(isComplete).toBe(true);
        expect(Buffer.from(compiled).toString()).not.toBe(before);
        return compiled;
      },
      { timeout: 20_000 },
    );
    await pool.close();
    expect(kept.length).toBeGreaterThan(plain.compiled.length + 30_000);
    const { text, filename } = script;
    expect(new vm.Script(text, { filename, cachedData: kept }).cachedDataRejected).toBe(false);
  },
);
