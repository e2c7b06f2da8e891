/** Programs that tell about the container, or wait. A container is one process to them, and its name that of its machine. */
import { arch, platform, release } from "node:os";
import { type Invocation, type Program, print } from "../program.ts";
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

async function sleep({ args, signal }: Invocation): Promise<number> {
  if (args.length === 0) throw new Error("sleep: missing operand");
  let seconds = 0;
  for (const arg of args) {
    const [, number, unit = ""] = /^(\d*\.?\d+)([smhd]?)$/.exec(arg) ?? [];
    if (arg !== "infinity" && number === undefined) throw new Error(`sleep: invalid number '${arg}'`);
    seconds += arg === "infinity" ? Number.POSITIVE_INFINITY : Number(number) * (units[unit] ?? 1);
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

/** The name of the pod, or its address. */
export async function hostname(
  { env: { HOSTNAME = "localhost" }, args, stdout }: Invocation,
  podIP: string,
): Promise<number> {
  const isAddress = args.some(arg => /^-(i|I|-ip-address)$/.test(arg));
  await print(stdout, `${isAddress ? podIP : HOSTNAME}\n`);
  return 0;
}

async function uname({ args, env: { HOSTNAME = "localhost" }, stdout }: Invocation): Promise<number> {
  const { flags } = optionsIn(args, ["a", "s", "n", "r", "m", "o"]);
  const name = platform() === "linux" ? "Linux" : platform() === "darwin" ? "Darwin" : "Windows_NT";
  const machine = arch() === "x64" ? "x86_64" : arch() === "arm64" ? "aarch64" : arch();
  const facts = { s: name, n: HOSTNAME, r: release(), m: machine };
  const shown = Object.entries(facts).filter(([flag]) => flags.has("a") || flags.has(flag));
  await print(stdout, `${shown.length === 0 ? name : shown.map(([, fact]) => fact).join(" ")}\n`);
  return 0;
}

/** Whether a person types. */
async function tty({ terminal, stdout }: Invocation): Promise<number> {
  await print(stdout, terminal ? "/dev/pts/0\n" : "not a tty\n");
  return terminal ? 0 : 1;
}

/** The container is one process, as far as it is seen from inside. */
async function ps({ stdout }: Invocation): Promise<number> {
  const program = process.argv.slice(1).join(" ");
  await print(
    stdout,
    `PID   USER     TIME  COMMAND\n    1 root      0:00 node ${program}\n    7 root      0:00 ps\n`,
  );
  return 0;
}

async function id({ args, stdout }: Invocation): Promise<number> {
  const { flags } = optionsIn(args, ["u", "g", "n", "G"]);
  const [user, group] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  if (flags.has("u")) await print(stdout, `${flags.has("n") ? userName() : user}\n`);
  else if (flags.has("g") || flags.has("G")) await print(stdout, `${group}\n`);
  else await print(stdout, `uid=${user}(${userName()}) gid=${group}(${group === 0 ? "root" : group})\n`);
  return 0;
}

function userName(): string {
  const user = process.getuid?.() ?? 0;
  return user === 0 ? "root" : String(user);
}

export const systemPrograms: ReadonlyMap<string, Program> = new Map<string, Program>([
  ["date", date],
  ["env", env],
  ["false", () => 1],
  ["id", id],
  ["nproc", ({ stdout }) => print(stdout, "1\n").then(() => 0)],
  ["printenv", printenv],
  ["ps", ps],
  ["pwd", ({ cwd, stdout }) => print(stdout, `${cwd}\n`).then(() => 0)],
  ["sleep", sleep],
  ["sync", () => 0],
  ["tty", tty],
  ["true", () => 0],
  ["uname", uname],
  ["whoami", ({ stdout }) => print(stdout, `${userName()}\n`).then(() => 0)],
]);
