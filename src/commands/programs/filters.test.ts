import { accessSync, constants } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Invocation } from "../program.ts";
import { argumentsAt } from "./filter-arguments.ts";
import { scriptAt } from "./filter-scripts.ts";
import { filterProgram } from "./filters.ts";

let root = "";
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "k4s-filters-"));
  await mkdir(join(root, "etc"));
  await writeFile(join(root, "etc/passwd"), "b:own\na:own\n");
  await writeFile(join(root, "print.awk"), '{ print "f", $1 }');
});
afterAll(() => rm(root, { recursive: true, force: true }));

const isOnMachine = (file: string) => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

async function run([name = "", ...args]: readonly string[]): Promise<string | undefined> {
  const program = filterProgram(name, path => join(root, path), isOnMachine);
  if (!program) return undefined;
  let text = "";
  const sink = () =>
    new Writable({
      write(chunk, _, done) {
        text += chunk;
        done();
      },
    });
  const signal = new AbortController().signal;
  const streams = { stdin: Readable.from([]), stdout: sink(), stderr: sink() };
  await program({ ...streams, args, cwd: "/", env: {}, signal, words: "busybox" } as unknown as Invocation);
  return text;
}

// A machine need not have all of them.
describe.each([
  [["cmp", "/etc/passwd", "etc/passwd"], ""],
  [["comm", "/etc/passwd", "/etc/passwd"], /own/],
  [["fmt", "-w", "20", "/etc/passwd"], /own/],
  [["expand", "/etc/passwd"], "b:own\na:own\n"],
  [["unexpand", "/etc/passwd"], "b:own\na:own\n"],
  [["sort", "/etc/passwd"], "a:own\nb:own\n"],
  [["sort", "-o", "/sorted", "/etc/passwd"], ""],
  [["cut", "-d", ":", "-f1", "/etc/passwd"], "b\na\n"],
  [["nl", "-w1", "-s.", "/etc/passwd"], "1.b:own\n2.a:own\n"],
  [["awk", "-F:", "{ print $1 }", "/etc/passwd"], "b\na\n"],
  [["awk", "-F", ":", "-v", "x=/etc", "{ print $1 x }", "/etc/passwd"], "b/etc\na/etc\n"],
  [["awk", 'BEGIN { while ((getline line < "/etc/passwd") > 0) print line }'], "b:own\na:own\n"],
  [["awk", '{ print > "/copy" }', "/etc/passwd"], ""],
  [["awk", "--", "/a/ { print $1 }", "/etc/passwd"], "a:own\n"],
  [["sed", "-n", "/a/p", "/etc/passwd"], "a:own\n"],
  [["sed", "-ne", "/b/p", "-e", "/a/p", "/etc/passwd"], "b:own\na:own\n"],
  [["sed", "1r /etc/passwd", "/etc/passwd"], "b:own\nb:own\na:own\na:own\n"],
  [
    ["jq", "-n", "--arg", "x", "/etc", "--rawfile", "f", "/etc/passwd", "-c", "[$x, $f]"],
    /^\["\/etc","b:own/,
  ],
] as const)("%j", (command, expected) => {
  it("reads the files of the container", async () => {
    const text = await run(command);
    if (text === undefined) return;
    if (typeof expected === "string") expect(text).toBe(expected);
    else expect(text).toMatch(expected);
  });
});

it.each([
  ["awk", 'BEGIN { system("id") }'],
  ["awk", '{ "id" | getline x }'],
  ["awk", '{ print | "sort" }'],
  ["sed", "1e id"],
  ["sed", "s/a/id/ge"],
] as const)("refuses that a script of %s runs a command: %s", (kind, script) => {
  expect(() => scriptAt(kind, script, path => path)).toThrow("cannot run commands");
});

it.each([
  ["awk", '/a|b/ || x == 1 { print "a | b" > "/dev/stderr" } # it\'s system(1)', undefined],
  ["awk", '{ print "x" >> "/f"; close("/f") }', '{ print "x" >> "/R/f"; close("/R/f") }'],
  ["awk", '{ print "a>", "/f" }', undefined],
  ["sed", "s/foor /bar/e/", undefined],
  ["sed", "/x/w /out", "/x/w /R/out"],
  ["sed", "s/a/b/w /out", "s/a/b/w /R/out"],
  ["sed", "s,/usr,/opt,g;s/one/two/", undefined],
  ["jq", '.a | "system(1)"', undefined],
] as const)("leads the paths in a script of %s: %s", (kind, script, expected) => {
  const led = scriptAt(kind, script, path => (path.startsWith("/dev/") ? path : `/R${path}`));
  expect(led).toBe(expected ?? script);
});

it("reads the files of scripts, whose paths are led as well", async () => {
  await writeFile(join(root, "one.awk"), 'BEGIN { while ((getline x < "/a") > 0) n++ }');
  const args = ["-F", ":", "-f", "one.awk", "-f", "print.awk", "/b"];
  const led = await argumentsAt(path => `/R${path}`, { args, cwd: root }, "awk", {
    script: "awk",
    options: "-F=v",
  });
  const text = 'BEGIN { while ((getline x < "/R/a") > 0) n++ }\n{ print "f", $1 }';
  expect(led).toEqual(["-F", ":", "--", text, "/R/b"]);
});

it.each([
  ["sort", { options: "-t=v -o=p" }, ["-t", "/", "-o", "/a", "/b"], ["-t", "/", "-o", "/R/a", "/R/b"]],
  ["sort", { options: "-t=v" }, ["-t/", "--files0-from=/a", "-T/b"], ["-t/", "--files0-from=/R/a", "-T/R/b"]],
  ["sed", { script: "sed" }, ["--expression=/x/d", "-i", "/a"], ["-e", "/x/d", "-i", "/R/a"]],
  [
    "jq",
    { script: "jq", options: "--arg=vv" },
    ["--arg", "a", "/x", ".", "/f"],
    ["--arg", "a", "/x", ".", "/R/f"],
  ],
  ["jq", { script: "jq" }, ["-f", "/s", "/f"], ["-f", "/R/s", "/R/f"]],
  ["fmt", {}, ["/a", "--", "/b"], ["/R/a", "--", "/R/b"]],
] as const)("leads the paths among the arguments of %s, by %j: %j", async (name, rules, args, expected) => {
  expect(await argumentsAt(path => `/R${path}`, { args, cwd: "/" }, name, rules)).toEqual(expected);
});
