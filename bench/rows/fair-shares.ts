/** Under full load every replica gets work: what the least served of four answered, beside a fair quarter. */
import { runAlone } from "../alone.ts";
import { serve, startCluster } from "../k4s.ts";
import { roundMs } from "../pace.ts";
import type { OpenSide, Row, Side } from "../row.ts";
import { answersPerSecond } from "../workers/load.mjs";

const replicas = 4;

async function k4sSide(): Promise<Side> {
  const cluster = await startCluster();
  await serve(cluster, { name: "signed", module: "signed", replicas });
  async function leastShare(): Promise<number> {
    const answered = new Map<string, number>();
    await answersPerSecond(
      async body => {
        const reply = (await cluster.api.request("signed", body)) as { n: number; by: string };
        answered.set(reply.by, (answered.get(reply.by) ?? 0) + 1);
        return reply;
      },
      { inFlight: 1024, ms: roundMs },
    );
    const counts = [...answered.values()];
    const total = counts.reduce((sum, count) => sum + count, 0);
    return answered.size < replicas ? 0 : Math.min(...counts) / (total / replicas);
  }
  return { round: leastShare, close: () => cluster.stop() };
}

export const row: Row = {
  id: "fair-shares",
  part: "fairness",
  title: "Under full load, the least served of four replicas, as a part of its fair share",
  unit: "of a fair share",
  better: "more",
  rounds: 5,
  sides: new Map<string, OpenSide>([["k4s", k4sSide]]),
  goals: [{ atLeast: 0.8 }],
};

await runAlone(import.meta.url, row);
