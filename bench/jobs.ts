/** Jobs of one pod that runs nothing. */
import { hollowCluster, hollowTemplate, secondsOf } from "./hollow.ts";
import { applyMany } from "./k4s.ts";
import type { Side } from "./row.ts";

/** A side of which one round declares so many Jobs and waits until all are Complete: milliseconds for each. */
export async function msPerJob(jobs: number): Promise<Side> {
  const cluster = await hollowCluster(jobs);
  const names = Array.from({ length: jobs }, (_, n) => `job-${n}`);
  return {
    async round() {
      const seconds = await secondsOf(async () => {
        await applyMany(cluster, names.map(hollowJob));
        for (const name of names) await cluster.waitFor(`Job/${name}`, "Complete", { timeoutMs: 110_000 });
      });
      return (seconds * 1000) / jobs;
    },
    close: () => cluster.stop(),
  };
}

function hollowJob(name: string): object {
  const { metadata, spec } = hollowTemplate(name, { restartPolicy: "Never" });
  const annotations = { "k4s.dev/hollow-exit-after": "0s" };
  const template = { metadata: { ...metadata, annotations }, spec };
  return { apiVersion: "batch/v1", kind: "Job", metadata: { name }, spec: { template } };
}
