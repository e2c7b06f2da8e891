/**
 * The real thing: a cluster of `k4s up --data` is written to over HTTPS by many, and its process is killed at random moments, now and then after it
 * was halted; and its disk fills up, where a small file system can be mounted. Each time it is started again, and what it has is
 * compared with what the writers were told, by value.
 *
 *     npm run chaos -- --kills 1000 --seed 1
 *     --writers N     how many write at once (16)
 *     --rounds N      how often the disk is filled up (3); 0 for not
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type Random, seededRandom } from "k4s";
import { KeptProcess } from "./kept-process.ts";
import { Writers } from "./writers.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "50" },
    seed: { type: "string", default: "1" },
    writers: { type: "string", default: "16" },
    rounds: { type: "string", default: "3" },
  },
});

const random = seededRandom(Number(values.seed));
const lost = [
  ...(await killed(random, Number(values.kills))),
  ...(await filled(random, Number(values.rounds))),
];
for (const problem of lost) console.log(`LOST: ${problem}`);
process.exitCode = lost.length > 0 ? 1 : 0;

/** Kills it so often, and returns what was lost. */
async function killed(random: Random, kills: number): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "k4s-chaos-"));
  const writers = new Writers(random, Number(values.writers));
  const problems: string[] = [];
  let halts = 0;
  try {
    for (let kill = 0; kill < kills; kill++) {
      const process = await KeptProcess.start(folder);
      problems.push(...(await writers.compare(process.access)));
      let isOver = false;
      const writing = writers.write(process.access, () => isOver);
      await sleep(random.below(1_500));
      if (random.next() < 0.2) {
        halts++;
        process.signal("SIGSTOP");
        await sleep(random.below(2_000));
        // It may be killed while it is halted.
        if (random.next() < 0.5) {
          process.signal("SIGCONT");
          await sleep(random.below(500));
        }
      }
      await process.kill();
      isOver = true;
      await writing;
      if (kill % 10 === 9) tell(kill + 1, halts, writers, problems);
    }
    const process = await KeptProcess.start(folder);
    problems.push(...(await writers.compare(process.access)));
    await process.kill("SIGTERM");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  tell(kills, halts, writers, problems);
  return problems;
}

function tell(
  kills: number,
  halts: number,
  { acknowledged, refused }: Writers,
  problems: readonly string[],
): void {
  const answers = Object.entries(refused).map(([code, count]) => `${count} refused with ${code}`);
  console.log(
    [
      `${kills} kills`,
      `${halts} halts`,
      `${acknowledged} writes acknowledged`,
      ...answers,
      `${problems.length} lost`,
    ].join(", "),
  );
}

/** Fills up the disk so often, and returns what was lost, or what did not go on. */
async function filled(random: Random, rounds: number): Promise<string[]> {
  if (rounds === 0) return [];
  const folder = mkdtempSync(join(tmpdir(), "k4s-chaos-disk-"));
  const problems: string[] = [];
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=24m", "none", folder], { stdio: "pipe" });
  } catch {
    console.log("the full disk was not tried: no small file system can be mounted here");
    rmSync(folder, { recursive: true });
    return [];
  }
  try {
    mkdirSync(join(folder, "cluster"));
    const writers = new Writers(random, Number(values.writers));
    for (let round = 0; round < rounds; round++) {
      const process = await KeptProcess.start(join(folder, "cluster"));
      problems.push(...(await writers.compare(process.access)));
      let isOver = false;
      const writing = writers.write(process.access, () => isOver);
      await sleep(500);
      fill(join(folder, "ballast"));
      const until = Date.now() + 20_000;
      const before = writers.refused[503] ?? 0;
      while ((writers.refused[503] ?? 0) === before && Date.now() < until) await sleep(50);
      if ((writers.refused[503] ?? 0) === before) problems.push("no write was refused on a full disk");
      await sleep(random.below(1_000));
      rmSync(join(folder, "ballast"));
      const { acknowledged } = writers;
      await sleep(3_000);
      if (writers.acknowledged === acknowledged)
        problems.push("nothing was written when there was room again");
      await process.kill();
      isOver = true;
      await writing;
    }
    const process = await KeptProcess.start(join(folder, "cluster"));
    problems.push(...(await writers.compare(process.access)));
    await process.kill("SIGTERM");
    console.log(`${rounds} times a full disk:`);
    tell(rounds, 0, writers, problems);
  } finally {
    execFileSync("umount", [folder]);
    rmSync(folder, { recursive: true, force: true });
  }
  return problems;
}

/** Takes all the room that there is. */
function fill(file: string): void {
  for (let size = 1 << 20; size >= 512; size = size >> 1)
    try {
      for (;;) writeFileSync(file, Buffer.alloc(size), { flag: "a" });
    } catch {
      // No room for so much.
    }
}
