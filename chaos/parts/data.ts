/**
 * A cluster in a folder (`k4s up --data`) is written to over HTTPS by many, and its process is killed at random moments: under load, while it is
 * halted, while it starts. The next one has what was acknowledged.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "../client.ts";
import { ControlPlane } from "../control-plane.ts";
import type { Findings, Trial } from "../trial.ts";
import { Writers } from "../writers.ts";

/** It is killed after at most so many further writes. */
const writes = 300;

export async function data({ random, kills, writers: count, folder, tell }: Trial): Promise<Findings> {
  const options = { folder, args: ["--data", "data", "--nodes", "1"] };
  const writers = new Writers(random, count);
  const problems: string[] = [];
  let [halted, starting] = [0, 0];
  for (let kill = 1; kill <= kills; kill++) {
    if (random.next() < 0.1) {
      starting++;
      const { program } = new ControlPlane(options);
      await sleep(random.below(1_000));
      await program.kill();
      continue;
    }
    const { program, access } = await ControlPlane.start(options);
    const client = new Client(access);
    problems.push(...(await writers.compare(client)));
    let isOver = false;
    const writing = writers.write([client], () => isOver);
    await writers.wrote(random.below(writes), () => program.hasEnded);
    if (program.hasEnded) problems.push("the process ended by itself");
    if (random.next() < 0.2) {
      halted++;
      program.signal("SIGSTOP");
      await sleep(random.below(500));
      // It may be killed while it is halted.
      if (random.next() < 0.5) {
        program.signal("SIGCONT");
        await sleep(random.below(200));
      }
    }
    await program.kill();
    isOver = true;
    await writing;
    client.close();
    if (kill % 10 === 0)
      tell(`${kill} kills, ${writers.acknowledged} writes acknowledged, ${problems.length} lost`);
    if (problems.length > 0) break;
  }
  const { program, access } = await ControlPlane.start(options);
  const client = new Client(access);
  problems.push(...(await writers.compare(client)));
  client.close();
  await program.kill("SIGTERM");
  const figures = [
    ["SIGKILL", kills],
    ["… of these while it was halted, or soon after", halted],
    ["… while it started", starting],
    ["writes acknowledged", writers.acknowledged],
    ["writes without an answer", writers.unanswered],
    ["acknowledged and lost, or else than acknowledged", problems.length],
  ] as const;
  return { figures, problems };
}
