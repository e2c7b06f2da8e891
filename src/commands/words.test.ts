/** What commands say of files that are not there, or are not what they should be: as busybox has it, dash with coreutils, and bash. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { CommandSession, ExecWorld, ImageSystem } from "../worker/index.ts";
import { catalogueImages } from "./catalogue-images.ts";
import { runCommand } from "./run-command.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "k4s-words-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

class Sink extends Writable {
  text = "";
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

async function run(system: ImageSystem, command: readonly string[], user = { uid: 0, gid: 0, groups: [0] }) {
  const config = catalogueImages.find(image => image.config.system === system)?.config;
  const world: ExecWorld = {
    filename: "",
    commands: "",
    request: async () => undefined,
    send: async () => {},
    placeOf: path => path,
    isOnMachine: () => false,
    image: config && { ...config, source: "" },
    mounts: [{ path: "/", place: folder, made: "image" }],
    user,
    workingDir: folder,
    sockets: { prefix: "", podIP: "127.1.2.3" },
    lookUp: async () => undefined,
  };
  const output = new Sink();
  const streams = { stdin: Readable.from([]), stdout: output, stderr: output };
  const session = {
    ...streams,
    signal: new AbortController().signal,
    tty: false,
  } as unknown as CommandSession;
  const { exitCode, problem } = await runCommand(command, session, world);
  return `${exitCode} ${problem ?? output.text}`;
}

const none = "No such file or directory";

it.each<[script: string, busybox: string, debian: string]>([
  ["ls none", `1 ls: none: ${none}\n`, `2 ls: cannot access 'none': ${none}\n`],
  ["cat none", `1 cat: can't open 'none': ${none}\n`, `1 cat: none: ${none}\n`],
  ["mkdir d; cat d", "1 cat: read error: Is a directory\n", "1 cat: d: Is a directory\n"],
  [
    "mkdir d",
    "1 mkdir: can't create directory 'd': File exists\n",
    "1 mkdir: cannot create directory 'd': File exists\n",
  ],
  ["rm none", `1 rm: can't remove 'none': ${none}\n`, `1 rm: cannot remove 'none': ${none}\n`],
  ["rm d", "1 rm: 'd' is a directory\n", "1 rm: cannot remove 'd': Is a directory\n"],
  [
    "touch d/x; rmdir d",
    "1 rmdir: 'd': Directory not empty\n",
    "1 rmdir: failed to remove 'd': Directory not empty\n",
  ],
  ["touch none/x", `1 touch: none/x: ${none}\n`, `1 touch: cannot touch 'none/x': ${none}\n`],
  ["cp none x", `1 cp: can't stat 'none': ${none}\n`, `1 cp: cannot stat 'none': ${none}\n`],
  ["cp d e", "1 cp: omitting directory 'd'\n", "1 cp: -r not specified; omitting directory 'd'\n"],
  [
    "cp d/x none/x",
    `1 cp: can't create 'none/x': ${none}\n`,
    `1 cp: cannot create regular file 'none/x': ${none}\n`,
  ],
  ["mv none x", `1 mv: can't rename 'none': ${none}\n`, `1 mv: cannot stat 'none': ${none}\n`],
  ["head none", `1 head: none: ${none}\n`, `1 head: cannot open 'none' for reading: ${none}\n`],
  ["tail none", `1 tail: can't open 'none': ${none}\n`, `1 tail: cannot open 'none' for reading: ${none}\n`],
  ["wc none", `1 wc: none: ${none}\n`, `1 wc: none: ${none}\n`],
  ["grep x none", `2 grep: none: ${none}\n`, `2 grep: none: ${none}\n`],
  ["stat none", `1 stat: can't stat 'none': ${none}\n`, `1 stat: cannot statx 'none': ${none}\n`],
  ["chmod 7 none", `1 chmod: none: ${none}\n`, `1 chmod: cannot access 'none': ${none}\n`],
  ["du none", `1 du: none: ${none}\n`, `1 du: cannot access 'none': ${none}\n`],
  [
    "rm -rf /",
    "1 rm: it is dangerous to operate recursively on '/'\n",
    "1 rm: it is dangerous to operate recursively on '/'\n",
  ],
  ["nope", "127 sh: nope: not found\n", "127 sh: 1: nope: not found\n"],
  [
    "echo hi > none/x",
    "1 sh: can't create none/x: nonexistent directory\n",
    "2 sh: 1: cannot create none/x: Directory nonexistent\n",
  ],
  ["cat < none", "1 sh: can't open none: no such file\n", "2 sh: 1: cannot open none: No such file\n"],
  ["cd none", `2 sh: cd: line 0: can't cd to none: ${none}\n`, "2 sh: 1: cd: can't cd to none\n"],
])("%s", async (script, busybox, debian) => {
  for (const [system, said] of [
    ["busybox", busybox],
    ["debian", debian],
  ] as const) {
    await rm(folder, { recursive: true, force: true });
    const { mkdirSync, writeFileSync } = await import("node:fs");
    mkdirSync(join(folder, "d"), { recursive: true });
    writeFileSync(join(folder, "d", "x"), "");
    expect(await run(system, ["sh", "-c", script.replace("mkdir d; ", "").replace("touch d/x; ", "")])).toBe(
      said,
    );
  }
});

it.each([
  ["nope", "127 bash: line 1: nope: command not found\n"],
  ["echo hi > none/x", `1 bash: line 1: none/x: ${none}\n`],
  ["cd none", `1 bash: line 1: cd: none: ${none}\n`],
])("bash: %s", async (script, said) => {
  expect(await run("debian", ["bash", "-c", script])).toBe(said);
});

it("an image without a shell has only its own program", async () => {
  expect(await run("none", ["sh", "-c", "true"])).toBe('127 exec: "sh": executable file not found in $PATH');
  expect(await run("none", ["/hello"])).toMatch(/^0 \nHello from k4s!/);
});

it("says as whom it runs", async () => {
  expect(await run("debian", ["id"])).toMatch(/^0 uid=0\(root\) gid=0\(root\) groups=0\(root\)\n/);
  const user = { uid: 54321, gid: 3333, groups: [2222, 4444] };
  expect(await run("debian", ["id"], user)).toBe("0 uid=54321 gid=3333 groups=2222,3333,4444\n");
  expect(await run("debian", ["id", "-u"], user)).toBe("0 54321\n");
  expect(await run("busybox", ["whoami"], user)).toBe("1 whoami: unknown uid 54321\n");
  expect(await run("debian", ["whoami"], user)).toBe("1 whoami: cannot find name for user ID 54321\n");
});

it.each<[system: ImageSystem, command: string, said: RegExp]>([
  ["busybox", "ps", /^0 PID {3}USER {5}TIME {2}COMMAND\n {4}1 root {6}0:00 /],
  ["debian", "ps aux", /^0 USER +PID %CPU %MEM +VSZ +RSS TTY +STAT START +TIME COMMAND\nroot +1 /],
  ["debian", "ps -ef", /^0 UID +PID +PPID +C STIME TTY +TIME CMD\nroot +1 +0 /],
  ["busybox", "top -b -n1", /^0 Mem: \d+K used, .*\n(.*\n)+ {2}PID {2}PPID USER .*\n {4}1 +0 root /],
  ["debian", "top -b -n 1", /^0 top - \d\d:\d\d:\d\d up .*\nTasks: {3}2 total/],
  ["debian", "mount", /^0 overlay on \/ type overlay \(rw,relatime\)\nproc on \/proc /],
  ["debian", "df -h", /^0 Filesystem +Size +Used Avail Use% Mounted on\noverlay .*% \/\n/],
  [
    "busybox",
    "df /tmp",
    /^0 Filesystem +1K-blocks +Used +Available Use% Mounted on\noverlay +\d+ +\d+ +\d+ +\d+% \/\n$/,
  ],
  ["debian", "free -m", /^0 +total +used +free +shared +buff\/cache +available\nMem: +\d+/],
  ["debian", "uptime", /^0 +\d\d:\d\d:\d\d up .* load average: /],
  ["debian", "uname -a", /^0 \S+ localhost \S+ .* (x86_64|aarch64|\S+) GNU\/Linux\n$/],
  ["debian", "head -c 3 /dev/zero | wc -c", /^0 3\n$/],
  [
    "debian",
    "dd if=/dev/zero of=z bs=1k count=3 2>&1 | head -1; wc -c z; du -b z",
    /^0 3\+0 records in\n3072 z\n\d+\tz\n$/,
  ],
  [
    "debian",
    "mkdir -p m && chmod 750 m && chmod u-w,o+x m && stat -c '%a %F %n' m && ls -ld m",
    /^0 551 directory m\ndr-xr-x--x \d+ \S+ \S+ +\d+ \w{3} +\d+ \d\d:\d\d m\n$/,
  ],
  [
    "debian",
    "ln -s m l; readlink l; readlink -f l | grep -c /m; realpath none; ls -l l | grep -c '^l.*l -> m'",
    /^0 m\n1\nrealpath: none: No such file or directory\n1\n$/,
  ],
  [
    "debian",
    "f=$(mktemp -p .); ls | grep -c tmp; test -f $f && d=$(mktemp -d -p .) && test -d $d && echo made",
    /^0 1\nmade\n$/,
  ],
])("%s: %s", async (system, command, said) => {
  expect(await run(system, ["sh", "-c", command])).toMatch(said);
});
