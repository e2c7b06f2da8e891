/**
 * Where the time goes: `npm run bench -- request-64 --profile` lets V8 sample k4s's side while it is measured, the main
 * thread and every container's, and prints for each thread the functions that took most of it. The profiles stay in
 * bench/dist/profiles; Chrome's developer tools open them.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { builtRows } from "./places.ts";

const profiles = join(builtRows, "..", "profiles");

/** How many functions of a thread are worth printing. */
const functionsShown = 20;

/** Empties the folder of profiles; what Node has to be started with to fill it again. */
export function profiling(): string[] {
  rmSync(profiles, { recursive: true, force: true });
  mkdirSync(profiles, { recursive: true });
  return ["--cpu-prof", `--cpu-prof-dir=${profiles}`];
}

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** The functions of each thread by the time spent in themselves, the busiest thread first. */
export function profileSummary(): string {
  const threads = readdirSync(profiles).map(file => {
    const profile: CpuProfile = JSON.parse(readFileSync(join(profiles, file), "utf8"));
    return { file, ...selfTimes(profile) };
  });
  threads.sort((a, b) => b.busyMs - a.busyMs);
  return threads
    .map(({ file, busyMs, lines }) => `${file}: ${Math.round(busyMs)} ms busy\n${lines.join("\n")}`)
    .join("\n\n");
}

function selfTimes({ nodes, samples, timeDeltas }: CpuProfile): { busyMs: number; lines: string[] } {
  const nameOf = new Map(nodes.map(({ id, callFrame }) => [id, frameName(callFrame)]));
  const spent = new Map<string, number>();
  samples.forEach((id, n) => {
    const name = nameOf.get(id) ?? "?";
    spent.set(name, (spent.get(name) ?? 0) + (timeDeltas[n] ?? 0) / 1000);
  });
  spent.delete("(idle)");
  const busyMs = [...spent.values()].reduce((sum, ms) => sum + ms, 0);
  const lines = [...spent]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, functionsShown)
    .map(([name, ms]) => `  ${((ms / busyMs) * 100).toFixed(1).padStart(5)} %  ${name}`);
  return { busyMs, lines };
}

function frameName({ functionName, url, lineNumber }: CpuProfile["nodes"][number]["callFrame"]): string {
  const place = url === "" ? "" : `  ${basename(url)}:${lineNumber + 1}`;
  return `${functionName || "(anonymous)"}${place}`;
}
