/** Many small messages in, few large ones out: batches, and what is left over when the collectors are told to stop. */
import type { Demo } from "./stage.ts";

const readings = 1_000;

export default {
  title: "Batch aggregation",
  picture: `
                                       ┌▶ aggregator-0 ┐ 25 readings
     ${readings} readings ─▶ Service readings ┼▶ aggregator-1 ┼─ one batch ─▶ totals
       (sent, not asked)               └▶ aggregator-2 ┘`,
  manifest: "06-aggregation.yaml",
  async play(cluster, stage) {
    await stage.step("Declare three aggregators and one that keeps the totals.");
    await stage.apply(this.manifest);
    const ready = ["ReplicaSet/aggregator", "Container/totals"];
    await stage.until("they are ready", Promise.all(ready.map(ref => cluster.waitFor(ref, "Ready"))));

    await stage.step(`Send ${readings} readings. A send waits for no answer, only until it was taken in.`);
    const values = Array.from({ length: readings }, (_, i) => i % 100);
    await Promise.all(
      values.map((value, i) => cluster.api.send("readings", { sensor: `s${i % 10}`, value })),
    );
    stage.message("you", "readings", { sensor: "s0", value: 0 });

    await stage.step(
      "Scale the aggregators to none. Each finishes its inbox and hands on what it still holds.",
    );
    await cluster.patch("ReplicaSet", "aggregator", { spec: { replicas: 0 } });
    const gone = ["Pod/aggregator-0", "Pod/aggregator-1", "Pod/aggregator-2"];
    await stage.until("they have gone", Promise.all(gone.map(ref => cluster.waitFor(ref, "deleted"))));

    const total = await cluster.api.request<{ batches: number; count: number; sum: number }>("totals");
    stage.message("totals", "you", total);
    const sum = values.reduce((a, b) => a + b, 0);
    stage.claim("not one reading was lost", total.count === readings, total);
    stage.claim("and their sum is right", total.sum === sum, total);
    stage.claim("they came in batches", total.batches <= readings / 25 + 3, total);
  },
} satisfies Demo;
