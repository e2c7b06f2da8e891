/** Programs about what is mounted in the container, and how much room is taken: df, mount, du. */
import { lstat, readdir, statfs } from "node:fs/promises";
import { resolve } from "node:path";
import type { ExecWorld } from "../../../worker/index.ts";
import { type Mounted, mountedIn } from "../../mounted.ts";
import { type Invocation, type Program, print } from "../../program.ts";
import { faultLine } from "../../words.ts";
import { optionsIn } from "../options.ts";
import { readable } from "./list.ts";

type DiskProgram = (call: Invocation, world: Pick<ExecWorld, "mounts">) => Promise<number>;

async function mount(
  { args, stdout, stderr }: Invocation,
  world: Pick<ExecWorld, "mounts">,
): Promise<number> {
  if (args.some(arg => !arg.startsWith("-"))) {
    await print(stderr, "mount: permission denied (are you root?)\n");
    return 1;
  }
  for (const { source, path, type, options } of mountedIn(world.mounts))
    await print(stdout, `${source} on ${path} type ${type} (${options})\n`);
  return 0;
}

async function df(call: Invocation, world: Pick<ExecWorld, "mounts">): Promise<number> {
  const { flags, rest } = optionsIn(call.args, ["h", "k", "m", "a", "T", "P", "i", "H"]);
  const mounted = mountedIn(world.mounts);
  const isShown = ({ type }: Mounted) => flags.has("a") || (type !== "proc" && type !== "sysfs");
  const whole = mounted.filter(isShown);
  const chosen = rest.map(path => holding(mounted, resolve(call.cwd, path)));
  const isReadable = flags.has("h") || flags.has("H");
  const unit = flags.has("m") ? 1024 ** 2 : 1024;
  const shown = (bytes: number) => (isReadable ? readable(bytes) : String(Math.round(bytes / unit)));
  const sizes = isReadable ? ["Size", "Used", call.words === "busybox" ? "Available" : "Avail"] : undefined;
  const [size = "", used = "", available = ""] = sizes ?? [
    flags.has("m") ? "1M-blocks" : "1K-blocks",
    "Used",
    "Available",
  ];
  const rows = [["Filesystem", size, used, available, "Use%", "Mounted on"]];
  for (const { source, path } of rest.length > 0 ? chosen.filter(each => each !== undefined) : whole) {
    const found = await statfs(path).catch(() => undefined);
    if (!found) continue;
    const { bsize, blocks, bfree, bavail } = found;
    const taken = blocks - bfree;
    const share = taken + bavail === 0 ? 0 : Math.ceil((taken / (taken + bavail)) * 100);
    rows.push([
      source,
      shown(blocks * bsize),
      shown(taken * bsize),
      shown(bavail * bsize),
      `${share}%`,
      path,
    ]);
  }
  const least = call.words === "busybox" ? [20, 9, 9, 9, 4] : [14, 5, 5, 5, 4];
  const widths = least.map((width, i) => Math.max(width, ...rows.map(row => row[i]?.length ?? 0)));
  for (const row of rows) {
    const [name = "", ...others] = row;
    const cells = others.slice(0, -1).map((cell, i) => cell.padStart(widths[i + 1] ?? 0));
    await print(call.stdout, `${[name.padEnd(widths[0] ?? 0), ...cells, others.at(-1)].join(" ")}\n`);
  }
  return 0;
}

/** What a path lies in: the mount with the longest path. */
function holding(mounted: readonly Mounted[], path: string): Mounted | undefined {
  return mounted
    .filter(each => each.path === "/" || path === each.path || path.startsWith(`${each.path}/`))
    .sort((one, other) => other.path.length - one.path.length)[0];
}

/** In thousands of bytes; `-s` only of what is named, `-a` of files too, `-h` readable. */
async function du(call: Invocation): Promise<number> {
  const { flags, rest } = optionsIn(call.args, ["s", "h", "a", "k", "m", "c", "d:", "b"]);
  let status = 0;
  const shown = (bytes: number) =>
    flags.has("h")
      ? readable(bytes)
      : String(flags.has("b") ? bytes : Math.ceil(bytes / (flags.has("m") ? 1024 ** 2 : 1024)));
  const most = flags.has("s") ? 0 : Number(flags.has("d") ? 0 : 1_000);
  const sizeOf = async (path: string, depth: number): Promise<number> => {
    call.signal.throwIfAborted();
    const place = resolve(call.cwd, path);
    const stats = await lstat(place);
    const isFolder = stats.isDirectory();
    let bytes = Math.ceil(stats.size / 4096) * 4096;
    if (isFolder)
      for (const name of await readdir(place))
        bytes += await sizeOf(`${path.replace(/\/$/, "")}/${name}`, depth + 1);
    if (depth === 0 || (depth <= most && (isFolder || flags.has("a"))))
      await print(call.stdout, `${shown(bytes)}\t${path}\n`);
    return bytes;
  };
  for (const path of rest.length === 0 ? ["."] : rest) {
    try {
      await sizeOf(path, 0);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      await print(call.stderr, faultLine(call.words, "du", path, error));
      status = 1;
    }
  }
  return status;
}

const programs: ReadonlyMap<string, DiskProgram> = new Map<string, DiskProgram>([
  ["df", df],
  ["du", du],
  ["mount", mount],
]);

export const diskNames: readonly string[] = [...programs.keys()];

export function diskProgram(name: string, world: Pick<ExecWorld, "mounts">): Program | undefined {
  const program = programs.get(name);
  return program && (call => program(call, world));
}
