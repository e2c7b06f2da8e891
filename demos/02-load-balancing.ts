/** A ReplicaSet makes copies of a Container; a Service spreads messages over them. */
import type { Cluster } from "k4s";
import type { Demo } from "./stage.ts";

const requests = 400;

export default {
  title: "A ReplicaSet behind a load-balanced Service",
  picture: `
                                 ┌──▶ echo-rs-0
     request ──▶ Service echoes ─┼──▶ echo-rs-1      selector: "echo-rs-*"
                  (at random)    ├──▶ echo-rs-2
                                 └──▶ echo-rs-3`,
  manifest: "02-service.yaml",
  async play(cluster, stage) {
    await stage.step("Declare a Container, four copies of it, and a Service over the copies.");
    await stage.apply(this.manifest);
    await stage.until("all four are ready", cluster.waitFor("ReplicaSet/echo-rs", "Ready"));
    await stage.until("the Service leads to all four", leadsTo(cluster, "echoes", 4));
    await stage.table("ReplicaSet");
    await stage.table("Pod");
    await stage.table("EndpointSlice");

    await stage.step(`Send ${requests} requests to the Service, all at once, and count who answers.`);
    const counts = new Map<string, number>();
    const ask = async (i: number) => {
      const { said, by } = await cluster.api.request<{ said: number; by: string }>("echoes", i);
      counts.set(by, (counts.get(by) ?? 0) + 1);
      return said === i;
    };
    const right = await Promise.all(Array.from({ length: requests }, (_, i) => ask(i)));
    stage.bars(counts);
    stage.claim(`all ${requests} requests got their own answer`, right.every(Boolean));
    stage.claim("all four copies answered", counts.size === 4, [...counts.keys()]);
    stage.claim("none of them got less than half of its share", Math.min(...counts.values()) > requests / 8, [
      ...counts,
    ]);
    stage.claim(
      "the original is a Container like any other, but its name does not match",
      !counts.has("echo"),
    );
  },
} satisfies Demo;

/** Resolves once so many endpoints of the Service are ready: its controller learns of a ready pod a moment after us. */
async function leadsTo(cluster: Cluster, service: string, count: number): Promise<void> {
  const labelSelector = `kubernetes.io/service-name=${service}`;
  for await (const { object } of cluster.watch("EndpointSlice", { labelSelector })) {
    const ready = object.endpoints?.filter(({ conditions }) => conditions?.ready) ?? [];
    if (ready.length === count) return;
  }
}
