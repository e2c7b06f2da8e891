/** 1,000 Deployments of ten pods that run nothing: from their declaration until all are Available. */
import { runAlone } from "../alone.ts";
import { hollowCluster, hollowWorkload, secondsOf } from "../hollow.ts";
import { byPace } from "../pace.ts";
import type { OpenSide, Row, Side } from "../row.ts";

const deployments = byPace(100, 1_000, 1_000);
const each = 10;

async function available(): Promise<Side> {
  const cluster = await hollowCluster(deployments * each);
  const names = Array.from({ length: deployments }, (_, n) => `web-${n}`);
  return {
    round: () =>
      secondsOf(async () => {
        await cluster.apply(names.map(name => hollowWorkload("Deployment", name, each)));
        for (const name of names)
          await cluster.waitFor(`Deployment/${name}`, ({ status }) => status?.availableReplicas === each);
      }),
    close: () => cluster.stop(),
  };
}

export const row: Row = {
  id: "deployments-1000",
  part: "control-plane",
  title: "1,000 Deployments of ten hollow pods, declared to all Available",
  unit: "s",
  better: "less",
  rounds: 3,
  roundSeconds: 6,
  fresh: true,
  sides: new Map<string, OpenSide>([["k4s", available]]),
  goals: [{ atMost: 10 }],
};

await runAlone(import.meta.url, row);
