// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are those of the shell.
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable, Writable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CommandSession } from "../worker/index.ts";
import { runCommand } from "./run-command.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "k4s-shell-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const world = {
  filename: import.meta.filename,
  commands: "",
  request: async () => undefined,
  send: async () => {},
  placeOf: (path: string) => path,
  isOnMachine(file: string) {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  },
  image: undefined,
  mounts: [],
  user: undefined,
  workingDir: undefined,
  sockets: { prefix: "", podIP: "127.1.2.3" },
  lookUp: async () => undefined,
};

async function run(
  command: readonly string[],
  input: string | Readable = "",
  signal = new AbortController().signal,
) {
  const [stdout, stderr] = [new Sink(), new Sink()];
  const stdin = typeof input === "string" ? Readable.from([Buffer.from(input)]) : input;
  const session = { stdin, stdout, stderr, signal, tty: false } as unknown as CommandSession;
  const { exitCode, problem } = await runCommand(command, session, world);
  return { exitCode, stdout: stdout.text, stderr: stderr.text, ...(problem && { problem }) };
}

class Sink extends Writable {
  text = "";
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

const sh = (script: string, input?: string) => run(["sh", "-c", `cd ${folder}\n${script}`], input);
const said = async (script: string, input?: string) => (await sh(script, input)).stdout;

it("begins where nothing lies that belongs to the surrounding program", async () => {
  expect((await run(["pwd"])).stdout).toBe(`${tmpdir()}\n`);
});

describe("words", () => {
  it.each([
    ["echo a  b 'c  d' \"e  f\"", "a b c  d e  f\n"],
    ["A=1; echo $A ${A}b \"$A\" '$A' \\$A", "1 1b 1 $A $A\n"],
    ["A='x  y'; echo $A \"$A\"", "x y x  y\n"],
    ["echo ${N:-none} ${N-none} ${A:=set} $A ${A:+yes} ${N:+yes}.", "none none set set yes .\n"],
    [
      "F=a.tar.gz; echo ${F%.*} ${F%%.*} ${F#*.} ${F##*.} ${#F} ${F/tar/zip} ${F:2:3}",
      "a.tar a tar.gz gz 8 a.zip.gz tar\n",
    ],
    ["echo $(echo inner; echo two) `echo old`", "inner two old\n"],
    ["echo \"$(printf 'a\\nb\\n\\n')\"", "a\nb\n"],
    ["echo $((1 + 2 * 3)) $(( (1+2)*3 )) $((7/2)) $((7%4)) $((-2**1))", undefined],
    ["i=5; echo $((i++)) $i $((i+=2)) $((i>6 ? 10 : 20)) $((0x10))", "5 6 8 10 16\n"],
    [
      "echo $# $0; set -- a 'b c'; echo $# $2; for x in \"$@\"; do echo [$x]; done; shift; echo $*",
      "0 sh\n2 b c\n[a]\n[b c]\nb c\n",
    ],
    ["touch g1.txt g2.txt; echo g*.txt 'g*.txt' g[2-9].txt none*", "g1.txt g2.txt g*.txt g2.txt none*\n"],
    ['echo "a\\"b\\$c\\n"', 'a"b$c\\n\n'],
    ["HOME=/h; echo ~ ~/x '~'", "/h /h/x ~\n"],
    ['x=; for a in $x "$x"; do echo [$a]; done', "[]\n"],
    ["IFS=:; P=a:b::c; for a in $P; do echo [$a]; done", "[a]\n[b]\n[]\n[c]\n"],
    ["echo a#b # a comment", "a#b\n"],
    ["echo one \\\n two", "one two\n"],
  ])("%s", async (script, expected) => {
    if (expected === undefined) return;
    expect(await said(script)).toBe(expected);
  });
});

describe("commands", () => {
  it.each([
    ["true && echo yes || echo no; false && echo yes || echo no", "yes\nno\n"],
    ["! true; echo $?; ! false; echo $?", "1\n0\n"],
    ["if [ 1 -gt 2 ]; then echo a; elif test x = x; then echo b; else echo c; fi", "b\n"],
    ["i=0; while [ $i -lt 3 ]; do i=$((i+1)); [ $i = 2 ] && continue; echo $i; done", "1\n3\n"],
    ["i=0; until false; do i=$((i+1)); if [ $i -ge 3 ]; then break; fi; done; echo $i", "3\n"],
    ["for i in 1 2 3; do echo $i; done | tail -n 1", "3\n"],
    ["for i in 1 2; do for j in a b; do [ $j = b ] && continue 2; echo $i$j; done; done", "1a\n2a\n"],
    ["case hello.txt in *.md) echo md;; h*|x) echo h;; *) echo other;; esac", "h\n"],
    ["case \"$X\" in '') echo empty;; esac", "empty\n"],
    ["f() { echo f $1 $#; return 3; }; f a b; echo $?", "f a 2\n3\n"],
    ["{ echo a; echo b; } | wc -l", "2\n"],
    ["X=1; (X=2; cd /; echo $X); echo $X", "2\n1\n"],
    ["echo a | { read v; echo got $v; }", "got a\n"],
    ["printf 'a b\\nc d\\n' | while read x y; do echo $y-$x; done", "b-a\nd-c\n"],
    ["echo hi > f; echo more >> f; cat < f; cat f | grep -c .", "hi\nmore\n2\n"],
    ["cat <<EOF\nx $((1+1))\nEOF\ncat <<'EOF'\n$raw\nEOF\necho end", "x 2\n$raw\nend\n"],
    ["echo err >&2; echo both 2>&1; ls none 2>/dev/null || echo gone", "both\ngone\n"],
    ["A=1 sh -c 'echo $A'; echo [$A]; export B=2; sh -c 'echo $B'", "1\n[]\n2\n"],
    ["eval 'echo ev'; command -v echo; type cd; :", "ev\necho\ncd is a shell builtin\n"],
    ["trap 'echo bye' EXIT; echo hi; exit 3", "hi\nbye\n"],
    ["sleep 0.01 & wait; echo done", "done\n"],
    ["yes | head -n 2", "y\ny\n"],
    ["echo x | cat - | cat", "x\n"],
    ["false | true; echo $?; set -o pipefail; false | true; echo $?", "0\n1\n"],
    ["exec echo gone; echo never", "gone\n"],
    ["unset N; N=1; unset N; echo [$N]", "[]\n"],
    [
      "printf '%s-%03d|%5s|%-4s|\\n' a 7 b c; printf '%s\\n' x y; printf '100%%\\n'",
      "a-007|    b|c   |\nx\ny\n100%\n",
    ],
    ["echo -n a; echo -e 'b\\tc'", "ab\tc\n"],
    ["seq 3 | head -n 2; seq 2 2 6 | tail -n +2", "1\n2\n4\n6\n"],
    ["mkdir -p d/e; touch d/e/x; ls d/e; rm -r d; test -d d || echo no; [ -f f ] && echo f", "x\nno\nf\n"],
    ["cp f f2; mv f2 f3; cat f3 | tee f4 | wc -c; rm f3 f4", "8\n"],
    ["basename /a/b.txt .txt; dirname /a/b.txt; env -i A=1 env", "b\n/a\nA=1\n"],
    [
      "printf 'one\\ntwo\\nthree\\n' | grep -v t; printf 'ab\\n' | grep -o 'a' ; echo xay | grep -E 'x(a|b)y'",
      "one\na\nxay\n",
    ],
    ["date +%Y | grep -c '^2'; date -u +%s | grep -Ec '^[0-9]+$'", "1\n1\n"],
    ["node -p '1+1'; X=7 node -p 'process.env.X'", "2\n7\n"],
    ["[ -z '' ] && [ -n x ] && [ a != b ] && [ ! -e none ] && [ 1 -eq 1 -a 2 -lt 3 ] && echo ok", "ok\n"],
    ["pwd | grep -c k4s-shell; cd ..; cd - >/dev/null; pwd | grep -c k4s-shell", "1\n1\n"],
    ["if true; then\n  echo a\n\n  # comment\n  echo b\nfi", "a\nb\n"],
    [
      "mkdir -p t/u; touch t/b.txt t/u/a.txt t/u/c.md; find t -name '*.txt'; find t -type d",
      "t/b.txt\nt/u/a.txt\nt\nt/u\n",
    ],
    [
      "find t ! -type d -a \\( -name 'a*' -o -name 'c*' \\) -print0 | xargs -0 -n 1 basename",
      "a.txt\nc.md\n",
    ],
    [
      "find t -maxdepth 1 -type f -exec echo {} x \\;; find t -name '*.txt' -exec echo {} +",
      "t/b.txt x\nt/b.txt t/u/a.txt\n",
    ],
    [
      "find t/u -name '*.md' -delete; find t -empty; echo xy > t/b.txt; find t -type f -size +2c -mmin -5",
      "t/b.txt\nt/u/a.txt\nt/b.txt\n",
    ],
    [
      "printf '1\\n2\\n' | xargs -I{} echo a{}b; echo 1 2 3 | xargs -n 2 echo; echo | xargs -r echo no",
      "a1b\na2b\n1 2\n3\n",
    ],
    ["printf '\\377\\303\\244 ä' | wc -c; echo -e '\\xff' | wc -c; printf '\\303\\244'", "6\n2\nä"],
    ["which sh; which nothing-such; echo $?", "/bin/sh\n1\n"],
  ])("%s", async (script, expected) => {
    expect(await said(script)).toBe(expected);
  });

  it.each([
    ["exit 7", 7, ""],
    ["false", 1, ""],
    ["set -e; false; echo never", 1, ""],
    ["set -e; false || true; if false; then :; fi; ! true; echo on; (exit 4); echo never", 4, ""],
    ["set -u; echo $nope", 2, "sh: nope: parameter not set\n"],
    ["no-such-program-here a", 127, "sh: no-such-program-here: not found\n"],
    ["if", 2, "sh: syntax error: unexpected end of file\n"],
    ["echo )", 2, 'sh: syntax error: unexpected ")"\n'],
    ["cat /none/x", 1, "cat: /none/x: No such file or directory\n"],
    ["echo a > /none/x", 1, "sh: can't create /none/x: nonexistent directory\n"],
    ["cd /none", 2, "sh: cd: line 0: can't cd to /none: No such file or directory\n"],
    ["echo ${X:?is needed}", 2, "sh: X: is needed\n"],
    ["echo $((1/0))", 2, "sh: arithmetic: division by zero\n"],
    ["f() { f; }; f", 2, ""],
    ["[ a -eq 1 ]", 2, "test: a: bad number\n"],
    ["set -x; echo a", 0, "+ echo a\n"],
    ["kill -9 999999", 1, "sh: can't kill pid 999999: No such process\n"],
  ])("%s ends with %i", async (script, exitCode, stderr) => {
    expect(await sh(script)).toMatchObject({ exitCode, stderr });
  });
});

describe("exec", () => {
  it("runs programs by their names and paths, and says which it does not find", async () => {
    expect(await run(["/bin/echo", "a"])).toMatchObject({ stdout: "a\n", exitCode: 0 });
    expect(await run(["cat"], "in")).toMatchObject({ stdout: "in", exitCode: 0 });
    const unknown = await run(["ehco"]);
    expect(unknown).toMatchObject({ exitCode: 127, stdout: "", stderr: "" });
    expect(unknown.problem).toBe('exec: "ehco": executable file not found in $PATH; did you mean "echo"?');
    expect((await run(["ls", "--nothing"])).stderr).toContain("unrecognized option: --nothing");
  });

  it("runs what the machine has, and what it prints goes where it should", async () => {
    expect(await sh("echo b a | tr ' ' '\\n' | sort; sh -c 'exit 3'; echo $?")).toMatchObject({
      stdout: "a\nb\n3\n",
    });
    expect(await sh(`"${process.execPath}" -e 'process.stdin.pipe(process.stdout)' `, "piped")).toMatchObject(
      {
        stdout: "piped",
      },
    );
  });

  it("takes a script from its input, line by line, which the commands in it may read, too", async () => {
    expect(
      (await run(["sh"], "echo a\nread x\ninput\necho got $x\nif true; then\necho b\nfi\nexit 4\n")).stdout,
    ).toBe("a\ngot input\nb\n");
    expect((await run(["sh", "-s"], "exit 5")).exitCode).toBe(5);
    expect((await run(["node"], "console.log(1 + 1)")).stdout).toBe("2\n");
  });

  it("ends with its session, whatever it does", async () => {
    for (const script of [
      "while true; do :; done",
      "sleep 100",
      "cat",
      "sleep 100 & wait",
      "yes >/dev/null",
    ]) {
      const closing = new AbortController();
      const running = run(["sh", "-c", script], new PassThrough(), closing.signal);
      await new Promise(resolve => setImmediate(resolve));
      closing.abort(new Error("closed"));
      expect((await running).exitCode).toBeGreaterThan(0);
    }
  });
});

it.each([
  [["nginx", "-g", "daemon off;"]],
  [["/docker-entrypoint.sh", "nginx"]],
  [["/opt/bitnami/scripts/nginx/entrypoint.sh", "/opt/bitnami/scripts/nginx/run.sh"]],
  [["httpd-foreground"]],
  [["/pause"]],
  [["/agnhost", "pause"]],
  [["/http-echo", "-text=x"]],
  [["sleep", "600"]],
  [["sh", "-c", "sleep 600 & wait"]],
  [["node", "-e", "setInterval(() => {}, 1e6)"]],
])("%j ends at once where it was told to before it began", async command => {
  const told = Object.assign(new Error("ended by SIGTERM"), { exitCode: 143 });
  const { exitCode } = await run(command, "", AbortSignal.abort(told));
  expect([0, 1, 143]).toContain(exitCode);
});

// The file that is always full, which Linux alone has.
const full = "/dev/full";
describe.skipIf(!existsSync(full) || !statSync(full).isCharacterDevice())("on a full disk", () => {
  it.each([
    `echo x > ${full}`,
    `echo x >> ${full}`,
    `seq 1 3 > ${full}`,
    `echo a | cat > ${full}`,
    `echo a | dd of=${full}`,
    `ls / > ${full}`,
    `(echo a) > ${full}`,
  ])("a command fails, and the shell goes on: %s", async script => {
    const { stdout, stderr } = await sh(`${script}; echo status $?`);
    expect({ stdout, stderr }).toEqual({
      stdout: "status 1\n",
      stderr: "sh: write error: No space left on device\n",
    });
  });

  it("each command in a group fails by itself", async () => {
    expect(await sh(`{ echo a; echo b; } > ${full}; echo status $?`)).toMatchObject({
      stdout: "status 1\n",
      stderr: "sh: write error: No space left on device\n".repeat(2),
    });
  });

  it("a program without a shell says so, and fails", async () => {
    expect(await run(["dd", `of=${full}`], "a")).toMatchObject({
      exitCode: 1,
      stderr: "write error: No space left on device\n",
    });
  });
});
