/** Programs that tell about the container, or wait. A container is one process to them, and its name that of its machine. */
import { readFile } from "node:fs/promises";
import { arch, platform, release, version } from "node:os";
import { type Invocation, type Program, print } from "../program.ts";
import { nameIn } from "./files/index.ts";
import { optionsIn } from "./options.ts";
import { pause } from "./text.ts";

/** The environment; with a command behind it, that is run with what is set. */
async function env(call: Invocation): Promise<number> {
  for (const [name, value] of Object.entries(call.env)) await print(call.stdout, `${name}=${value}\n`);
  return 0;
}

async function printenv({ args, env: values, stdout }: Invocation): Promise<number> {
  if (args.length === 0)
    for (const [name, value] of Object.entries(values)) await print(stdout, `${name}=${value}\n`);
  const found = args.map(name => values[name]).filter(value => value !== undefined);
  for (const value of found) await print(stdout, `${value}\n`);
  return found.length === args.length ? 0 : 1;
}

const units: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3_600, d: 86_400 };

/** `1.5`, `2m`, `inf`; undefined where it is none. */
export function secondsOf(text: string): number | undefined {
  if (/^inf(inity)?$/i.test(text)) return Number.POSITIVE_INFINITY;
  const [, number, unit = ""] = /^(\d+\.?\d*|\.\d+)([smhd]?)$/.exec(text) ?? [];
  return number === undefined ? undefined : Number(number) * (units[unit] ?? 1);
}

async function sleep({ args, signal }: Invocation): Promise<number> {
  if (args.length === 0) throw new Error("sleep: missing operand");
  let seconds = 0;
  for (const arg of args) {
    const given = secondsOf(arg);
    if (given === undefined) throw new Error(`sleep: invalid number '${arg}'`);
    seconds += given;
  }
  // A timer of Node holds 24 days at most.
  for (let left = seconds * 1_000; left > 0; left -= 2 ** 30) await pause(Math.min(left, 2 ** 30), signal);
  return 0;
}

const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (number: number, fill = "0") => String(number).padStart(2, fill);

/** UTC, as in a container. */
async function date({ args, stdout }: Invocation): Promise<number> {
  const now = new Date();
  const format = args.find(arg => arg.startsWith("+"))?.slice(1);
  const iso = args.some(arg => arg.startsWith("-I"));
  await print(
    stdout,
    `${shownDate(now, iso ? "%Y-%m-%dT%H:%M:%S+00:00" : (format ?? "%a %b %e %H:%M:%S UTC %Y"))}\n`,
  );
  return 0;
}

function shownDate(now: Date, format: string): string {
  const time = () =>
    [now.getUTCHours(), now.getUTCMinutes(), now.getUTCSeconds()].map(number => two(number)).join(":");
  const day = () => now.toISOString().slice(0, 10);
  const parts: Readonly<Record<string, () => string>> = {
    Y: () => String(now.getUTCFullYear()),
    m: () => two(now.getUTCMonth() + 1),
    d: () => two(now.getUTCDate()),
    e: () => two(now.getUTCDate(), " "),
    H: () => two(now.getUTCHours()),
    M: () => two(now.getUTCMinutes()),
    S: () => two(now.getUTCSeconds()),
    N: () => String(now.getUTCMilliseconds() * 1_000_000).padStart(9, "0"),
    s: () => String(Math.floor(now.getTime() / 1_000)),
    a: () => days[now.getUTCDay()] ?? "",
    b: () => months[now.getUTCMonth()] ?? "",
    T: time,
    F: day,
    D: () => day().slice(2).replaceAll("-", "/"),
    Z: () => "UTC",
    z: () => "+0000",
    n: () => "\n",
    "%": () => "%",
  };
  return format.replaceAll(/%([a-zA-Z%])/g, (whole, letter: string) => parts[letter]?.() ?? whole);
}

/** The name of the pod, also in full (`-f`), short (`-s`), its domain (`-d`), or its address (`-i`). */
export async function hostname(
  { env: { HOSTNAME = "localhost" }, args, stdout }: Invocation,
  podIP: string,
): Promise<number> {
  const asked = args.find(arg => arg.startsWith("-")) ?? "";
  await print(stdout, `${await nameAsked(asked, HOSTNAME, podIP)}\n`);
  return 0;
}

async function nameAsked(option: string, name: string, podIP: string): Promise<string> {
  if (/^-(i|I|-ip-address|-all-ip-addresses)$/.test(option)) return podIP;
  if (/^-(s|-short)$/.test(option)) return name.split(".")[0] ?? name;
  const full = /^-(f|d|-fqdn|-long|-domain)$/.test(option) ? await fullName(name) : name;
  return /^-(d|-domain)$/.test(option) ? full.split(".").slice(1).join(".") : full;
}

/** The first name of the address that has this name, as a resolver finds it. */
async function fullName(name: string): Promise<string> {
  const hosts = await readFile("/etc/hosts", "utf8").catch(() => "");
  const lines = hosts.split("\n").map(line => line.replace(/#.*/, "").trim().split(/\s+/));
  return lines.find(([, ...names]) => names.includes(name))?.[1] ?? name;
}

function machine(): string {
  return arch() === "x64" ? "x86_64" : arch() === "arm64" ? "aarch64" : arch();
}

async function uname({ args, env: { HOSTNAME = "localhost" }, stdout }: Invocation): Promise<number> {
  const { flags } = optionsIn(args, ["a", "s", "n", "r", "v", "m", "o", "p"]);
  const name = platform() === "linux" ? "Linux" : platform() === "darwin" ? "Darwin" : "Windows_NT";
  const facts = { s: name, n: HOSTNAME, r: release(), v: version(), m: machine(), o: "GNU/Linux" };
  const shown = Object.entries(facts).filter(([flag]) => flags.has("a") || flags.has(flag));
  await print(stdout, `${shown.length === 0 ? name : shown.map(([, fact]) => fact).join(" ")}\n`);
  return 0;
}

/** Whether a person types. */
async function tty({ terminal, stdout }: Invocation): Promise<number> {
  await print(stdout, terminal ? "/dev/pts/0\n" : "not a tty\n");
  return terminal ? 0 : 1;
}

async function id(call: Invocation): Promise<number> {
  const { args, stdout, user } = call;
  const { flags } = optionsIn(args, ["u", "g", "n", "G", "r"]);
  const [name, group] = [await nameIn("/etc/passwd", user.uid), await nameIn("/etc/group", user.gid)];
  const all = [...new Set([user.gid, ...user.groups])].sort((one, other) => one - other);
  const groups = await Promise.all(all.map(async gid => [gid, await nameIn("/etc/group", gid)] as const));
  const shown = (number: number, known: string | undefined) =>
    known === undefined ? String(number) : `${number}(${known})`;
  const chosen = (number: number, known: string | undefined) =>
    flags.has("n") && known !== undefined ? known : String(number);
  const text = flags.has("u")
    ? chosen(user.uid, name)
    : flags.has("g")
      ? chosen(user.gid, group)
      : flags.has("G")
        ? groups.map(pair => chosen(...pair)).join(" ")
        : `uid=${shown(user.uid, name)} gid=${shown(user.gid, group)} groups=${groups.map(pair => shown(...pair)).join(",")}`;
  await print(stdout, `${text}\n`);
  return 0;
}

async function groups({ user, stdout }: Invocation): Promise<number> {
  const all = [...new Set([user.gid, ...user.groups])];
  const names = await Promise.all(all.map(async gid => (await nameIn("/etc/group", gid)) ?? String(gid)));
  await print(stdout, `${names.join(" ")}\n`);
  return 0;
}

async function whoami({ user, words, stdout, stderr }: Invocation): Promise<number> {
  const name = await nameIn("/etc/passwd", user.uid);
  if (name !== undefined) await print(stdout, `${name}\n`);
  else
    await print(
      stderr,
      `whoami: ${words === "busybox" ? "unknown uid" : "cannot find name for user ID"} ${user.uid}\n`,
    );
  return name === undefined ? 1 : 0;
}

export const systemPrograms: ReadonlyMap<string, Program> = new Map<string, Program>([
  ["date", date],
  ["env", env],
  ["false", () => 1],
  ["groups", groups],
  ["id", id],
  ["clear", ({ stdout }) => print(stdout, "\x1b[H\x1b[J").then(() => 0)],
  ["arch", ({ stdout }) => print(stdout, `${machine()}\n`).then(() => 0)],
  ["nproc", ({ stdout }) => print(stdout, "1\n").then(() => 0)],
  ["printenv", printenv],
  ["pwd", ({ cwd, stdout }) => print(stdout, `${cwd}\n`).then(() => 0)],
  ["sleep", sleep],
  ["sync", () => 0],
  ["tty", tty],
  ["true", () => 0],
  ["uname", uname],
  ["whoami", whoami],
]);
