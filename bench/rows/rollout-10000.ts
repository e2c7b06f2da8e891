/** One Deployment of 10,000 pods that run nothing gets another template: how long the rolling update takes, a quarter at a time. */
import { runAlone } from "../alone.ts";
import { hollowCluster, hollowWorkload, secondsOf } from "../hollow.ts";
import { byPace } from "../pace.ts";
import type { OpenSide, Row, Side } from "../row.ts";

const pods = byPace(1_000, 10_000, 10_000);

async function rollout(): Promise<Side> {
  // A quarter more than that is there while it rolls.
  const cluster = await hollowCluster(pods * 1.25);
  const rollingUpdate = { maxSurge: "25%", maxUnavailable: "25%" };
  const strategy = { type: "RollingUpdate", rollingUpdate };
  await cluster.apply(hollowWorkload("Deployment", "web", pods, { strategy, progressDeadlineSeconds: 600 }));
  const isRolledOut = (generation: number) =>
    cluster.waitFor("Deployment/web", ({ status = {} }) => {
      const { observedGeneration, replicas, updatedReplicas, availableReplicas } = status;
      const counts = [replicas, updatedReplicas, availableReplicas];
      return observedGeneration === generation && counts.every(count => count === pods);
    });
  await isRolledOut(1);
  let generation = 1;
  return {
    round: () =>
      secondsOf(async () => {
        generation += 1;
        const annotations = { generation: String(generation) };
        await cluster.patch("Deployment", "web", { spec: { template: { metadata: { annotations } } } });
        await isRolledOut(generation);
      }),
    close: () => cluster.stop(),
  };
}

export const row: Row = {
  id: "rollout-10000",
  part: "control-plane",
  title: "Rolling update of one Deployment of 10,000 hollow pods, a quarter at a time",
  unit: "s",
  better: "less",
  rounds: 3,
  roundSeconds: 8,
  openSeconds: 4,
  sides: new Map<string, OpenSide>([["k4s", rollout]]),
  goals: [{ atMost: 10 }],
};

await runAlone(import.meta.url, row);
