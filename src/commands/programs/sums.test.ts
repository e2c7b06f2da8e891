import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Invocation } from "../program.ts";
import { reversePrograms } from "./reverse.ts";
import { sumPrograms } from "./sums.ts";

let cwd = "";
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "k4s-sums-"));
  await writeFile(join(cwd, "a"), "abc\n");
  await writeFile(join(cwd, "list"), "0bee89b07a248e27c83fc3d5951213c1  a\n");
  await writeFile(
    join(cwd, "wrong"),
    "00ee89b07a248e27c83fc3d5951213c1  a\n0bee89b07a248e27c83fc3d5951213c1  no\n",
  );
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

async function run(name: string, args: readonly string[], input: string, words: string) {
  const program = sumPrograms.get(name) ?? reversePrograms.get(name);
  let text = "";
  const sink = new Writable({
    write(chunk, _, done) {
      text += chunk;
      done();
    },
  });
  const signal = new AbortController().signal;
  const stdin = Readable.from([Buffer.from(input)]);
  const call = { args, cwd, stdin, stdout: sink, stderr: sink, signal, words } as unknown as Invocation;
  return { status: await program?.(call), text };
}

it.each([
  ["md5sum a", "", 0, "0bee89b07a248e27c83fc3d5951213c1  a\n"],
  ["sha1sum", "abc", 0, "a9993e364706816aba3e25717850c26c9cd0d89d  -\n"],
  ["md5sum -c list", "", 0, "a: OK\n"],
  ["md5sum --status -c list", "", 0, ""],
  [
    "md5sum -c wrong",
    "",
    1,
    "a: FAILED\nmd5sum: can't open 'no': No such file or directory\nno: FAILED open or read\nmd5sum: WARNING: 1 of 2 computed checksums did NOT match\n",
  ],
  [
    "md5sum no a",
    "",
    1,
    "md5sum: can't open 'no': No such file or directory\n0bee89b07a248e27c83fc3d5951213c1  a\n",
  ],
  ["cksum a", "", 0, "1112837078 4 a\n"],
  ["cksum", "", 0, "4294967295 0\n"],
  ["sum", "abc\n", 0, "08288     1\n"],
  ["rev a", "", 0, "cba\n"],
  ["rev", "né\n\nab", 0, "én\n\nba"],
  ["tac", "1\n2\n3\n", 0, "3\n2\n1\n"],
  ["tac no", "", 1, "tac: no: No such file or directory\n"],
])("%s with %j", async (command, input, status, text) => {
  const [name = "", ...args] = command.split(" ");
  expect(await run(name, args, input, "busybox")).toEqual({ status, text });
});
