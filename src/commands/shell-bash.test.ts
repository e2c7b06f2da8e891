// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are those of the shell.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CommandSession, ExecWorld, ImageSystem } from "../worker/index.ts";
import { runCommand } from "./run-command.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "k4s-bash-"));
  await writeFile(join(folder, "there"), "text\n");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function run(command: readonly string[], system: ImageSystem = "busybox", input = "") {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const { signal } = new AbortController();
  const session = { stdin: Readable.from([Buffer.from(input)]), stdout, stderr, signal, tty: false };
  const image = { system, name: "busybox", entrypoint: [], cmd: [], env: {}, workingDir: "/", source: "" };
  const world = {
    placeOf: (path: string) => path,
    isOnMachine: () => false,
    image,
    mounts: [],
    workingDir: folder,
    sockets: { prefix: "", podIP: "10.0.0.9" },
  };
  const { exitCode } = await runCommand(
    command,
    session as unknown as CommandSession,
    world as unknown as ExecWorld,
  );
  const [said, told] = await Promise.all([stdout.end(), stderr.end()].map(text));
  return { exitCode, said, told };
}

describe("what ash and bash have beyond POSIX", () => {
  it.each([
    ["[[ -e there ]] && echo yes; [[ -e no ]] || echo no", "yes\nno\n"],
    ["[[ a == a && ! ( b == c || -z x ) ]] && echo both", "both\n"],
    ['V="a b"; [[ $V == "a b" ]] && [[ -n $V ]] && echo whole', "whole\n"],
    ['[[ file.txt == *.txt ]] && [[ file.txt != "*.txt" ]] && echo pattern', "pattern\n"],
    ["[[ 2 -lt 10 ]] && [[ a < b ]] && echo less", "less\n"],
    ["if [[ -e there\n&& -e /no ]]; then echo a; else echo b; fi", "b\n"],
    ["while true; do if [[ -e there ]]; then echo; cat there; fi; break; done", "\ntext\n"],
    ["let i=2+3 'j = i * 2'; echo $i $j; let 0 || echo zero", "5 10\nzero\n"],
    ["function f { echo f $1; }; function g() { f $1; }; g 2", "f 2\n"],
    ["i=1; while (( i < 3 )); do echo $i; (( i++ )); done", "1\n2\n"],
    ["(( 1 > 2 )) || echo smaller; ( (echo nested) )", "smaller\nnested\n"],
    ["f() { local x=2; x=3; echo $x; }; x=1; f; echo $x", "3\n1\n"],
    ["while getopts ab:c o -a -bB -c; do echo $o $OPTARG; done", "a\nb B\nc\n"],
    ["echo $'a\\tb\\x21\\''", "a\tb!'\n"],
    ["read -r a b <<< 'x y z'; echo $b", "y z\n"],
    ['read -p "name? " n; echo $n', "in\n", "in\n"],
  ])("%s", async (script, expected, input = "") => {
    expect(await run(["sh", "-c", script], "busybox", input)).toEqual({
      exitCode: 0,
      said: expected,
      told: "",
    });
  });

  it("is told of by dash, which has no [[", async () => {
    const { exitCode, told } = await run(["sh", "-c", "[[ a == a ]]"], "debian");
    expect({ exitCode, told }).toEqual({ exitCode: 127, told: "sh: 1: [[: not found\n" });
  });

  it("ends ash at an array, which it has not", async () => {
    const { exitCode, told } = await run(["sh", "-c", "a=(1 2); echo no"]);
    expect({ exitCode, told }).toEqual({ exitCode: 2, told: 'sh: syntax error: unexpected "("\n' });
  });
});

describe("what bash has", () => {
  it.each([
    [
      "items=(foo bar baz qux xyz)\nJ=1; echo ${items[$J]} ${#items[@]} ${items[-1]} $items",
      "bar 5 xyz foo\n",
    ],
    ['a=("x y" z); for i in "${a[@]}"; do echo "<$i>"; done; echo "${a[*]}"', "<x y>\n<z>\nx y z\n"],
    [
      'a=(1 2); a+=(3); a[5]=6; echo ${!a[@]}; echo "${a[@]:1:2}"; unset "a[0]"; echo ${a[@]}',
      "0 1 2 5\n2 3\n2 3 6\n",
    ],
    ["declare -A m=([one]=1 [two]=2); m[three]=3; echo ${m[two]} ${#m[@]} ${!m[@]}", "2 3 one two three\n"],
    ['k=two; declare -A m; m["$k"]=x; echo ${m[$k]}-${m[no]:-none}', "x-none\n"],
    ["a=(a.txt b.txt); echo ${a[@]%.txt}; f() { local a=(in); echo $a; }; f", "a b\nin\n"],
    ["s=ab; s+=c; echo $s ${s^^} ${s^}; n=s; echo ${!n}", "abc ABC Abc\nabc\n"],
    ["echo {1..3} {a,b}c {01..03} '{1,2}' {x}", "1 2 3 ac bc 01 02 03 {1,2} {x}\n"],
    ["for ((i = 0; i < 3; i++)); do echo -n $i; done; echo", "012\n"],
    ["[[ v1.22 =~ ^v([0-9]+)\\.([0-9]+)$ ]] && echo ${BASH_REMATCH[2]}", "22\n"],
    ["readarray -t l < there; echo ${l[0]}; IFS=, read -ra p <<< 'x,y'; echo ${p[1]}", "text\ny\n"],
  ])("%s", async (script, expected) => {
    expect(await run(["bash", "-c", script])).toEqual({ exitCode: 0, said: expected, told: "" });
  });
});

describe("applets", () => {
  it.each([
    ["echo text | gzip | gunzip", "text\n"],
    ["cp there z; gzip z; ls z*; zcat z.gz; gunzip z.gz; ls z*", "z.gz\ntext\nz\n"],
    ["timeout 5 echo in time; timeout 0.05 sleep inf; echo $?", "in time\n143\n"],
    ["nohup echo a; nice -n 5 echo b; setsid echo c; nice", "a\nb\nc\n0\n"],
    ["busybox echo hi; busybox no; echo $?", "hi\n127\n"],
    ["printf 'a\\nb\\n' | egrep 'a|c'; echo 'a|b' | fgrep 'a|'; more there", "a\na|b\ntext\n"],
    ["printf '1\\n2\\n3\\n' > n; split -l 2 n p; cat pab; truncate -s 1 n; wc -c < n", "3\n1\n"],
    [
      "install -d t/u; install -m 600 there t/u; stat -c %a t/u/there; tree t",
      "600\nt\n└── u\n    └── there\n\n1 directories, 1 files\n",
    ],
    ["pgrep -f . ; pidof no || echo none", "1\nnone\n"],
  ])("%s", async (script, expected) => {
    expect((await run(["sh", "-c", script])).said).toBe(expected);
  });

  it("tells on the errors what a command took", async () => {
    expect((await run(["time", "true"])).told).toMatch(
      /^real\t0m 0\.\d\ds\nuser\t0m 0\.00s\nsys\t0m 0\.00s\n$/,
    );
  });

  it("converses with node -i where no person types", async () => {
    const { said } = await run(["node", "-i"], "busybox", "1+1\n");
    expect(said).toMatch(/^Welcome to Node.*> 2\n> $/s);
  });

  it.each([
    [["ip", "-4", "addr", "show", "eth0"], /inet 10\.0\.0\.9\/24 brd/],
    [["ip", "route"], /^default via 10\.0\.0\.1 dev eth0/],
    [["ifconfig"], /inet addr:10\.0\.0\.9 [\s\S]*inet addr:127\.0\.0\.1 /],
  ])("shows the address of the pod: %j", async (command, expected) => {
    expect((await run(command)).said).toMatch(expected);
  });

  it("says that no packet can be sent by ping", async () => {
    const { exitCode, said, told } = await run(["ping", "-c", "1", "10.0.0.9"]);
    expect({ exitCode, said }).toEqual({ exitCode: 1, said: "PING 10.0.0.9 (10.0.0.9): 56 data bytes\n" });
    expect(told).toMatch(/^ping: permission denied/);
  });

  it("cannot make a pipe with a name", async () => {
    expect(await run(["mkfifo", "p"])).toEqual({
      exitCode: 1,
      said: "",
      told: "mkfifo: p: Operation not supported\n",
    });
  });
});
