/**
 * The real thing: processes, signals, full disks and cut networks, and clusters that must stand them. Each part plays faults under load, compares
 * what is there with what was told, and says what it has seen in a table. The exit code is 1 where something was broken; what the processes said is kept then.
 *
 *     npm run chaos -- --help
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seededRandom } from "k4s";
import { command } from "./control-plane.ts";
import { Namespaces } from "./namespaces.ts";
import { ProxiedNetwork } from "./network.ts";
import { chaosOptions } from "./options.ts";
import { data } from "./parts/data.ts";
import { etcd } from "./parts/etcd.ts";
import { fullDisk } from "./parts/full-disk.ts";
import { nodes } from "./parts/nodes.ts";
import { power } from "./parts/power.ts";
import { quota } from "./parts/quota.ts";
import { rollouts } from "./parts/rollouts.ts";
import { printTable } from "./table.ts";
import type { Findings, Trial } from "./trial.ts";

interface Part {
  readonly play: (trial: Trial) => Promise<Findings>;
  readonly kills: number;
  readonly quick: number;
}

const parts: Readonly<Record<string, Part>> = {
  data: { play: data, kills: 50, quick: 3 },
  disk: { play: fullDisk, kills: 3, quick: 1 },
  power: { play: power, kills: 6, quick: 0 },
  etcd: { play: etcd, kills: 20, quick: 1 },
  quota: { play: quota, kills: 2, quick: 0 },
  nodes: { play: nodes, kills: 20, quick: 1 },
  rollouts: { play: rollouts, kills: 10, quick: 0 },
};

const options = chaosOptions(Object.keys(parts));
if (!existsSync(command)) {
  console.error("k4s is not built yet: npm run build");
  process.exit(2);
}

const found: [string, Findings][] = [];
const root = mkdtempSync(join(tmpdir(), "k4s-chaos-"));
const isBroken = () => found.some(([, { problems }]) => problems.length > 0);
// Whoever ends it before the end wants no remains, either.
process.on("exit", () => {
  if (!isBroken()) rmSync(root, { recursive: true, force: true });
});

let networks = 0;

async function play(name: string, part: Part): Promise<void> {
  const kills = options.kills ?? (options.quick ? part.quick : part.kills);
  if (kills === 0) return;
  const folder = join(root, name);
  mkdirSync(folder);
  const trial = {
    random: seededRandom(options.seed),
    kills,
    writers: options.writers,
    folder,
    network: () => (options.namespaces ? new Namespaces(networks++) : new ProxiedNetwork()),
    tell: (line: string) => console.log(`${name}: ${line}`),
  };
  found.push([name, await part.play(trial).catch(error => ({ figures: [], problems: [String(error)] }))]);
}

const wanted = Object.entries(parts).filter(([name]) => options.part?.includes(name) ?? true);
// Each waits most of its time; but whoever wants figures wants no other beside it.
if (options.quick) await Promise.all(wanted.map(([name, part]) => play(name, part)));
else for (const [name, part] of wanted) await play(name, part);
printTable(found);
if (isBroken()) console.log(`What the processes said is in ${root}`);
process.exit(isBroken() ? 1 : 0);
