/**
 * The real thing: processes, signals, full disks and cut networks, and clusters that must stand them. Each part plays faults under load, compares
 * what is there with what was told, and says what it has seen in a table. The exit code is 1 where something was broken; what the processes said is kept then.
 *
 *     npm run chaos                               all parts, some minutes
 *     npm run chaos -- --part data --kills 1000   one of them: data, disk, etcd, quota, nodes
 *     --kills N       how many faults each plays (the parts' own numbers where left out)
 *     --seed N        what is drawn (1); what the machine makes of it differs each time
 *     --writers N     how many write at once (16)
 *     --namespaces    networks between the processes are namespaces of Linux, with cables that are pulled, instead of proxies
 *     --quick         one to three faults each
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { seededRandom } from "k4s";
import { Namespaces } from "./namespaces.ts";
import { ProxiedNetwork } from "./network.ts";
import { data } from "./parts/data.ts";
import { etcd } from "./parts/etcd.ts";
import { fullDisk } from "./parts/full-disk.ts";
import { nodes } from "./parts/nodes.ts";
import { quota } from "./parts/quota.ts";
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
  etcd: { play: etcd, kills: 20, quick: 1 },
  quota: { play: quota, kills: 2, quick: 0 },
  nodes: { play: nodes, kills: 20, quick: 1 },
};

const { values } = parseArgs({
  options: {
    part: { type: "string", multiple: true, default: Object.keys(parts) },
    kills: { type: "string" },
    seed: { type: "string", default: "1" },
    writers: { type: "string", default: "16" },
    namespaces: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
  },
});

const found: [string, Findings][] = [];
const root = mkdtempSync(join(tmpdir(), "k4s-chaos-"));
for (const name of values.part) {
  const part = parts[name];
  if (!part) throw new Error(`--part ${name}: one of ${Object.keys(parts).join(", ")} is wanted`);
  const kills = Number(values.kills ?? (values.quick ? part.quick : part.kills));
  if (kills === 0) continue;
  const folder = join(root, name);
  mkdirSync(folder);
  const trial = {
    random: seededRandom(Number(values.seed)),
    kills,
    writers: Number(values.writers),
    folder,
    network: () => (values.namespaces ? new Namespaces() : new ProxiedNetwork()),
    tell: (line: string) => console.log(`${name}: ${line}`),
  };
  found.push([name, await part.play(trial).catch(error => ({ figures: [], problems: [String(error)] }))]);
}
printTable(found);
const isBroken = found.some(([, { problems }]) => problems.length > 0);
if (isBroken) console.log(`What the processes said is in ${root}`);
else rmSync(root, { recursive: true });
process.exit(isBroken ? 1 : 0);
