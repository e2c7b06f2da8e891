/**
 * The disk of a cluster in a folder fills up under load: writes are refused until there is room again, and then it goes on. It is a small
 * file system in memory, which root may mount on Linux.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "../client.ts";
import { ControlPlane } from "../control-plane.ts";
import { type Findings, type Trial, until } from "../trial.ts";
import { Writers } from "../writers.ts";

export async function fullDisk({ random, kills, writers: count, folder }: Trial): Promise<Findings> {
  const disk = join(folder, "disk");
  mkdirSync(disk);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=24m", "none", disk], { stdio: "pipe" });
  } catch {
    return { figures: [["not tried: no small file system can be mounted here", "-"]], problems: [] };
  }
  const unmount = () => execFileSync("umount", ["--lazy", disk]);
  process.prependListener("exit", unmount);
  const problems: string[] = [];
  const writers = new Writers(random, count);
  const options = { folder, args: ["--data", join(disk, "data"), "--nodes", "1"] };
  const ballast = join(disk, "ballast");
  try {
    for (let round = 0; round < kills && problems.length === 0; round++) {
      const { program, access } = await ControlPlane.start(options);
      const client = new Client(access);
      problems.push(...(await writers.compare(client)));
      let isOver = false;
      const writing = writers.write([client], () => isOver);
      await sleep(500);
      fill(ballast);
      const before = writers.refused[503] ?? 0;
      if (!(await until(() => (writers.refused[503] ?? 0) > before, 20_000)))
        problems.push("no write was refused on a full disk");
      const isReady = async () => (await client.text("/readyz")) === "ok";
      if (!(await until(async () => !(await isReady()), 20_000)))
        problems.push("with a full disk it is called ready");
      await sleep(random.below(1_000));
      rmSync(ballast);
      const { acknowledged } = writers;
      if (!(await until(() => writers.acknowledged > acknowledged, 20_000)))
        problems.push("nothing was written when there was room again");
      if (!(await until(isReady, 20_000))) problems.push("it is not ready when there is room again");
      await program.kill();
      isOver = true;
      await writing;
      client.close();
    }
    const { program, access } = await ControlPlane.start(options);
    const client = new Client(access);
    problems.push(...(await writers.compare(client)));
    client.close();
    await program.kill("SIGTERM");
  } finally {
    process.off("exit", unmount);
    unmount();
  }
  const figures = [
    ["disk filled up, then SIGKILL", kills],
    ["writes acknowledged", writers.acknowledged],
    ["writes refused with 503", writers.refused[503] ?? 0],
    ["acknowledged and lost, or refused and there", problems.length],
  ] as const;
  return { figures, problems };
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
