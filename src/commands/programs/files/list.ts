/** `ls`: names, one a line; `-l` with what is known of each, as wide as the widest, or as wide as busybox has it. */
import type { Stats } from "node:fs";
import { lstat, readdir, readlink, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { BrokenPipe, type Invocation, print, WriteFault } from "../../program.ts";
import { faultLine } from "../../words.ts";
import { type Options, optionsIn } from "../options.ts";
import { groupName, groupNumber, userName, userNumber } from "./users.ts";

interface Entry {
  readonly name: string;
  readonly stats: Stats;
  readonly target: string | undefined;
  /** Of a pod with an fsGroup: whether it is a volume, or in one. */
  readonly volume: "itself" | "inside" | undefined;
}

const known = [
  "a",
  "A",
  "l",
  "1",
  "d",
  "h",
  "t",
  "r",
  "F",
  "n",
  "R",
  "S",
  "i",
  "s",
  "p",
  "L",
  "all",
  "color:",
];

export async function ls(call: Invocation): Promise<number> {
  const { args, stdout, stderr, cwd, words } = call;
  const options = optionsIn(
    args.filter(arg => !arg.startsWith("--color")),
    known,
  );
  const { flags, rest } = options;
  const files: Entry[] = [];
  const folders: string[] = [];
  let status = 0;
  const failed = async (path: string, error: unknown) => {
    if (error instanceof BrokenPipe || error instanceof WriteFault) throw error;
    await print(stderr, faultLine(words, "ls", path, error));
    status = words === "busybox" ? 1 : 2;
  };
  for (const path of rest.length === 0 ? ["."] : rest) {
    try {
      // A link to nothing is there too, where it is shown as a link.
      const look = flags.has("d") || flags.has("l") ? lstat : stat;
      const stats = await look(resolve(cwd, path));
      const isFolder =
        stats.isDirectory() || (path.endsWith("/") && (await stat(resolve(cwd, path))).isDirectory());
      if (isFolder && !flags.has("d")) folders.push(path);
      else files.push(await entryAt(resolve(cwd, path), path, stats, call));
    } catch (error) {
      await failed(path, error);
    }
  }
  await list(files, options, call);
  const isNamed = rest.length > 1 || flags.has("R");
  for (let [i, path] = [0, folders.shift()]; path !== undefined; [i, path] = [i + 1, folders.shift()]) {
    try {
      const place = resolve(cwd, path);
      const entries = await entriesOf(place, flags, call);
      if (isNamed) await print(stdout, `${i > 0 || files.length > 0 ? "\n" : ""}${path}:\n`);
      if (flags.has("l") || flags.has("s")) await print(stdout, `total ${blocksOf(entries)}\n`);
      await list(entries, options, call);
      if (!flags.has("R")) continue;
      const inner = entries.filter(({ name, stats }) => stats.isDirectory() && name !== "." && name !== "..");
      folders.unshift(...inner.map(({ name }) => `${path?.replace(/\/$/, "")}/${name}`));
    } catch (error) {
      await failed(path, error);
    }
  }
  return status;
}

async function entryAt(place: string, name: string, stats: Stats, { user }: Invocation): Promise<Entry> {
  const target = stats.isSymbolicLink() ? await readlink(place) : undefined;
  return {
    name,
    stats,
    target,
    volume: user.fsGroup === undefined ? undefined : await inVolume(place, stats),
  };
}

async function inVolume(place: string, stats: Stats): Promise<Entry["volume"]> {
  const isGroups = (folder: Stats) => folder.isDirectory() && (folder.mode & 0o2000) !== 0;
  if (isGroups(await stat(dirname(place)))) return "inside";
  return isGroups(stats) ? "itself" : undefined;
}

async function entriesOf(folder: string, flags: Options["flags"], call: Invocation): Promise<Entry[]> {
  const inside = (await readdir(folder)).sort();
  const isWhole = flags.has("a") || flags.has("all");
  const visible = isWhole || flags.has("A") ? inside : inside.filter(name => !name.startsWith("."));
  const names = isWhole ? [".", "..", ...visible] : visible;
  return Promise.all(
    names.map(async name => entryAt(resolve(folder, name), name, await lstat(resolve(folder, name)), call)),
  );
}

/** In thousands of bytes, as on most file systems. */
function blocksOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, { stats }) => sum + Math.ceil(stats.size / 4096) * 4, 0);
}

async function list(entries: readonly Entry[], { flags }: Options, call: Invocation): Promise<void> {
  const sorted = [...entries];
  if (flags.has("t")) sorted.sort((one, other) => other.stats.mtimeMs - one.stats.mtimeMs);
  if (flags.has("S")) sorted.sort((one, other) => other.stats.size - one.stats.size);
  if (flags.has("r")) sorted.reverse();
  const shown = (entry: Entry) => entry.name + markOf(entry, flags);
  const lines =
    flags.has("l") || flags.has("n") ? await longLines(sorted, shown, flags, call) : sorted.map(shown);
  for (const line of lines) await print(call.stdout, `${line}\n`);
}

function markOf({ stats }: Entry, flags: Options["flags"]): string {
  if (stats.isDirectory() && (flags.has("F") || flags.has("p"))) return "/";
  if (!flags.has("F") || flags.has("l")) return "";
  return stats.isSymbolicLink() ? "@" : (stats.mode & 0o111) !== 0 ? "*" : "";
}

async function longLines(
  entries: readonly Entry[],
  shown: (entry: Entry) => string,
  flags: Options["flags"],
  call: Invocation,
): Promise<string[]> {
  const rows: [string, string, string, string, string, string][] = [];
  for (const entry of entries) {
    const { stats, target, volume } = entry;
    const owners = volume === "itself" ? { user: { ...call.user, uid: 0 } } : call;
    const groups = volume ? { user: { ...call.user, gid: call.user.fsGroup ?? call.user.gid } } : call;
    const owner = flags.has("n") ? userNumber(stats.uid, owners) : await userName(stats.uid, owners);
    const group = flags.has("n") ? groupNumber(stats.gid, groups) : await groupName(stats.gid, groups);
    const size = stats.isCharacterDevice()
      ? `${stats.rdev >> 8}, ${stats.rdev & 0xff}`
      : flags.has("h")
        ? readable(stats.size)
        : String(stats.size);
    const name = `${timeOf(stats)} ${shown(entry)}${target === undefined ? "" : ` -> ${target}`}`;
    rows.push([modeText(stats), String(stats.nlink), owner, group, size, name]);
  }
  const least = call.words === "busybox" ? [0, 4, 8, 8, 9] : [0, 0, 0, 0, 0];
  const widths = least.map((width, i) => Math.max(width, ...rows.map(row => row[i]?.length ?? 0)));
  const [, links = 0, owners = 0, groups = 0, sizes = 0] = widths;
  return rows.map(
    ([mode, count, owner, group, size, name]) =>
      `${mode} ${count.padStart(links)} ${owner.padEnd(owners)} ${group.padEnd(groups)} ${size.padStart(sizes)} ${name}`,
  );
}

/** `drwxr-xr-x`. */
export function modeText(stats: Stats): string {
  const { mode } = stats;
  const type = stats.isDirectory()
    ? "d"
    : stats.isSymbolicLink()
      ? "l"
      : stats.isCharacterDevice()
        ? "c"
        : "-";
  const bits = [..."rwxrwxrwx"].map((letter, i) => (mode & (0o400 >> i) ? letter : "-"));
  if (mode & 0o4000) bits[2] = mode & 0o100 ? "s" : "S";
  if (mode & 0o2000) bits[5] = mode & 0o10 ? "s" : "S";
  if (mode & 0o1000) bits[8] = mode & 1 ? "t" : "T";
  return type + bits.join("");
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** In UTC, as in a container. */
function timeOf({ mtime }: Stats): string {
  const clock = mtime.toISOString().slice(11, 16);
  return `${months[mtime.getUTCMonth()]} ${String(mtime.getUTCDate()).padStart(2)} ${clock}`;
}

/** `4.0K`. */
export function readable(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 1024 && unit < 4) [value, unit] = [value / 1024, unit + 1];
  return unit === 0 ? String(bytes) : `${value < 10 ? value.toFixed(1) : Math.ceil(value)}${" KMGT"[unit]}`;
}
