/** Processes that want one folder at the same moment: one of them gets it. */
import { type ChildProcess, fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";

const place = mkdtempSync(join(tmpdir(), "lock-processes-"));
const folder = join(place, "volumes");
const file = join(folder, "lock");
const takers: ChildProcess[] = [];

/** Each process takes the folder when it is told to, says whether it got it, and lets it go when all have said so. */
const program = `
import { FolderLock, realClock } from ${JSON.stringify(join(import.meta.dirname, "index.ts"))};
let lock;
process.on("message", async word => {
  if (word === "release") return lock.release().then(() => process.send("released"));
  lock = new FolderLock(${JSON.stringify(folder)}, realClock);
  process.send(await lock.take().then(() => "won", error => error.message));
});
`;

beforeAll(async () => {
  mkdirSync(folder);
  const outfile = join(place, "taker.mjs");
  const stdin = { contents: program, resolveDir: import.meta.dirname };
  await build({ stdin, outfile, bundle: true, platform: "node", format: "esm", logLevel: "silent" });
  for (let i = 0; i < 3; i++) takers.push(fork(outfile));
});
afterAll(async () => {
  for (const taker of takers) {
    const ended = once(taker, "exit");
    taker.disconnect();
    await ended;
  }
  rmSync(place, { recursive: true, force: true });
});

function ask(word: string): Promise<unknown[]> {
  return Promise.all(
    takers.map(async taker => {
      const answered = once(taker, "message");
      taker.send(word);
      return (await answered)[0];
    }),
  );
}

test("of three that find what a fourth has left, one gets the folder", { timeout: 60_000 }, async () => {
  await ask("take");
  const text = readFileSync(file, "utf8");
  await ask("release");
  const { mark, pid } = JSON.parse(text) as { readonly mark: string; readonly pid: number };
  const gone = spawnSync(process.execPath, ["-e", ""]).pid;
  const stale = text.replace(mark, mark.replace(`-${pid}-`, `-${gone}-`));
  for (let round = 0; round < 100; round++) {
    writeFileSync(file, stale);
    const said = await ask("take");
    const others = said.filter(each => each !== "won");
    expect(others).toEqual([expect.stringContaining("has it"), expect.stringContaining("has it")]);
    await ask("release");
    expect(readdirSync(folder)).toEqual([]);
  }
});
