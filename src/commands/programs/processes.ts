/**
 * Programs that list processes: a container is one, as far as it is seen from inside, and the command that asks; with
 * `shareProcessNamespace` there are those of the pod's other containers too. In the columns of busybox, or of procps.
 */
import { freemem, loadavg, uptime as secondsUp, totalmem } from "node:os";
import { type Invocation, type Program, print } from "../program.ts";
import { readable, userName } from "./files/index.ts";
import { optionsIn } from "./options.ts";
import { pause } from "./text.ts";

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly user: string;
  readonly command: string;
}

/** Of the command that asks. */
const ownPid = 36;

async function processesOf(call: Invocation, name: string): Promise<Process[]> {
  const user = await userName(process.getuid?.() ?? 0, call);
  const asking = { pid: ownPid, parent: 0, user, command: [name, ...call.args].join(" ") };
  if (!call.processes) return [...containerProcesses(process.argv.join(" "), 1, user), asking];
  const all = call.processes.flatMap(({ command }, i) => containerProcesses(command, sharedPid(i), user));
  return [...all, { ...asking, pid: Math.max(ownPid, sharedPid(call.processes.length)) }];
}

/** So that there is room for the workers of each container. */
function sharedPid(index: number): number {
  return 1 + 6 * index;
}

function containerProcesses(words: string, pid: number, user: string): Process[] {
  const isNginx = words.split(" ").some(word => /(^|\/)nginx$/.test(word));
  if (!isNginx) return [{ pid, parent: 0, user, command: words }];
  return [
    { pid, parent: 0, user, command: "nginx: master process nginx -g daemon off;" },
    { pid: pid === 1 ? 29 : pid + 1, parent: pid, user: "nginx", command: "nginx: worker process" },
  ];
}

/** The first process of the container that asks. */
function pidOfContainer({ processes }: Invocation): number {
  return processes ? sharedPid(processes.findIndex(({ isOwn }) => isOwn)) : 1;
}

async function ps(call: Invocation): Promise<number> {
  const { args, stdout, words } = call;
  const processes = await processesOf(call, "ps");
  const asked = args.join(" ").replaceAll("-", "");
  const since = new Date(Date.now() - performance.now()).toISOString().slice(11, 16);
  const table: [string, (row: Process) => string] =
    words === "busybox"
      ? [
          "PID   USER     TIME  COMMAND",
          ({ pid, user, command }) => `${String(pid).padStart(5)} ${user.padEnd(8)}  0:00 ${command}`,
        ]
      : /u/.test(asked)
        ? [
            "USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND",
            ({ pid, user, command }) =>
              `${user.padEnd(8)} ${String(pid).padStart(7)}  0.0  0.1   2576  1548 ?        ${pid === 1 ? "Ss  " : "S   "} ${since}   0:00 ${command}`,
          ]
        : /f/.test(asked)
          ? [
              "UID          PID    PPID  C STIME TTY          TIME CMD",
              ({ pid, parent, user, command }) =>
                `${user.padEnd(8)} ${String(pid).padStart(7)} ${String(parent).padStart(7)}  0 ${since} ?        00:00:00 ${command}`,
            ]
          : [
              "    PID TTY          TIME CMD",
              ({ pid, command }) => `${String(pid).padStart(7)} ?        00:00:00 ${command.split(" ")[0]}`,
            ];
  const [head, row] = table;
  await print(stdout, `${[head, ...processes.map(row)].join("\n")}\n`);
  return 0;
}

const two = (number: number) => String(Math.floor(number)).padStart(2, "0");

function upText(): string {
  const minutes = Math.floor(secondsUp() / 60);
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24];
  const clock = `${String(hours).padStart(2)}:${two(minutes % 60)}`;
  return days > 0 ? `${days} day${days > 1 ? "s" : ""}, ${clock}` : clock;
}

const loads = () => loadavg().map(load => load.toFixed(2));
const now = () => new Date().toISOString().slice(11, 19);

async function uptime({ stdout }: Invocation): Promise<number> {
  await print(stdout, ` ${now()} up ${upText()},  0 users,  load average: ${loads().join(", ")}\n`);
  return 0;
}

const kilobytes = (bytes: number) => Math.round(bytes / 1024);

/** `-n 1` times, or until it is interrupted; `-d` seconds between. */
async function top(call: Invocation): Promise<number> {
  const numberOf = (letter: string) => {
    const at = call.args.findIndex(arg => arg.startsWith(`-${letter}`) || arg.endsWith(letter));
    const arg = call.args[at];
    return arg === undefined ? undefined : Number(/\d+$/.exec(arg)?.[0] ?? call.args[at + 1]);
  };
  const times = numberOf("n") ?? Number.POSITIVE_INFINITY;
  for (let i = 0; i < times; i++) {
    if (i > 0) await pause((numberOf("d") ?? 5) * 1_000, call.signal);
    await print(call.stdout, await screenOf(call));
  }
  return 0;
}

async function screenOf(call: Invocation): Promise<string> {
  const processes = await processesOf(call, "top");
  const [total, free] = [totalmem(), freemem()];
  if (call.words === "busybox") {
    const rows = processes.map(
      ({ pid, parent, user, command }) =>
        `${String(pid).padStart(5)} ${String(parent).padStart(5)} ${user.padEnd(8)} S     4400   0%   0   0% ${command}`,
    );
    return [
      `Mem: ${kilobytes(total - free)}K used, ${kilobytes(free)}K free, 0K shrd, 0K buff, 0K cached`,
      "CPU:   0% usr   0% sys   0% nic 100% idle   0% io   0% irq   0% sirq",
      `Load average: ${loads().join(" ")} 1/${processes.length} 36`,
      "  PID  PPID USER     STAT   VSZ %VSZ CPU %CPU COMMAND",
      ...rows,
      "",
    ].join("\n");
  }
  const mib = (bytes: number) => (bytes / 1024 ** 2).toFixed(1).padStart(8);
  const rows = processes.map(
    ({ pid, user, command }) =>
      `${String(pid).padStart(7)} ${user.padEnd(8)}  20   0    2576   1548   1412 S   0.0   0.1   0:00.01 ${command.split(" ")[0]}`,
  );
  return [
    `top - ${now()} up ${upText()},  0 users,  load average: ${loads().join(", ")}`,
    `Tasks: ${String(processes.length).padStart(3)} total,   1 running, ${String(processes.length - 1).padStart(3)} sleeping,   0 stopped,   0 zombie`,
    "%Cpu(s):  0.0 us,  0.0 sy,  0.0 ni,100.0 id,  0.0 wa,  0.0 hi,  0.0 si,  0.0 st ",
    `MiB Mem : ${mib(total)} total, ${mib(free)} free, ${mib(total - free)} used, ${mib(0)} buff/cache`,
    `MiB Swap: ${mib(0)} total, ${mib(0)} free, ${mib(0)} used. ${mib(free)} avail Mem `,
    "",
    "    PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND",
    ...rows,
    "",
  ].join("\n");
}

async function free({ args, stdout }: Invocation): Promise<number> {
  const [total, unused] = [totalmem(), freemem()];
  const shown = (bytes: number) => {
    if (args.includes("-h")) return `${readable(bytes)}i`.replace(/^(\d+)i$/, "$1B");
    return String(
      Math.round(bytes / (args.includes("-m") ? 1024 ** 2 : args.includes("-g") ? 1024 ** 3 : 1024)),
    );
  };
  const row = (name: string, values: readonly number[]) =>
    name.padEnd(7) + values.map(value => shown(value).padStart(13).slice(-13)).join("");
  const names = ["total", "used", "free", "shared", "buff/cache", "available"];
  const head = " ".repeat(7) + names.map(name => name.padStart(13)).join("");
  const lines = [head, row("Mem:", [total, total - unused, unused, 0, 0, unused]), row("Swap:", [0, 0, 0])];
  await print(stdout, `${lines.join("\n")}\n`);
  return 0;
}

/** `pgrep [-f] PATTERN`, `pidof NAME`. */
function finding(name: "pgrep" | "pidof"): Program {
  return async call => {
    const pids = await pidsOf(name, call);
    const text = name === "pgrep" ? pids.join("\n") : pids.toReversed().join(" ");
    if (pids.length > 0) await print(call.stdout, `${text}\n`);
    return pids.length > 0 ? 0 : 1;
  };
}

async function pidsOf(name: string, call: Invocation): Promise<number[]> {
  const { flags, rest } = optionsIn(
    call.args.filter(arg => !/^-(\d+|[A-Z]{2,})$/.test(arg)),
    ["f", "x", "l", "a", "q", "s:", "signal:", "o", "n", "u:"],
  );
  const [pattern = ""] = rest;
  const isExact = flags.has("x") || name === "pidof" || name === "killall";
  const fits = (text: string) => (isExact ? rest.includes(text) : new RegExp(pattern).test(text));
  const processes = (await processesOf(call, name)).slice(0, -1);
  return processes
    .filter(({ command }) => fits(flags.has("f") ? command : nameOf(command)))
    .map(({ pid }) => pid);
}

/** `nginx` of `nginx: master process …`, `node` of `/usr/bin/node app.js`. */
function nameOf(command: string): string {
  return command.split(/[:\s]/)[0]?.split("/").at(-1) ?? "";
}

/** `pkill [-SIGNAL] PATTERN`, `killall [-SIGNAL] NAME`: `kill` of those that are found. */
export function killing(name: string, kill: Program): Program | undefined {
  if (name !== "pkill" && name !== "killall") return undefined;
  return async call => {
    const pids = await pidsOf(name, call);
    const signal = call.args.filter(arg => /^-(\d+|[A-Z]{2,})$/.test(arg));
    // The others are the first one's.
    if (pids.includes(pidOfContainer(call))) return kill({ ...call, args: [...signal, "1"] });
    if (name === "killall") await print(call.stderr, `killall: ${call.args.at(-1)}: no process killed\n`);
    return 1;
  };
}

export const processPrograms: ReadonlyMap<string, Program> = new Map<string, Program>([
  ["free", free],
  ["pgrep", finding("pgrep")],
  ["pidof", finding("pidof")],
  ["ps", ps],
  ["top", top],
  ["uptime", uptime],
]);
