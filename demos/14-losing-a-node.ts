/** A node crashes, another is cut off and comes back, a third is drained: where its pods go, when, and who sees to it. */
import type { Cluster, Node, Pod } from "k4s";
import type { Demo } from "./stage.ts";

export default {
  title: "Losing and draining a node",
  picture: `
     node-0  crashes ✘    silent ─50 s─▶ unreachable ─60 s─▶ pods made elsewhere
     node-1  is cut off   the same; back again, it ends what it should not run
     node-2  is drained   one pod after the other, as the budget allows
     (Time is virtual: minutes pass in a moment, and containers pretend to run.)`,
  manifest: "14-losing-a-node.yaml",
  isVirtual: true,
  options: { nodes: 4 },
  async play(cluster, stage) {
    await stage.step("Declare six pods, spread over four nodes, of which five must always be available.");
    await stage.apply(this.manifest);
    await stage.until("they are ready", cluster.waitFor("Deployment/web", "Available"));
    stage.bars(await podsByNode(cluster));

    await stage.step("node-0 crashes: nothing is heard of it from now on.");
    const lost = await podsOn(cluster, "node-0");
    await cluster.nodes.crash("node-0");
    await stage.until("it is not ready", cluster.waitFor("Node/node-0", isUnreachable, patience));
    await stage.table("Node");
    stage.claim(
      "its pods are still there: it may come back",
      (await stillThere(cluster, lost)) === lost.length,
    );
    await stage.until("they are asked to go", allGoing(cluster, lost));
    await stage.until(
      "six are ready on the other nodes",
      cluster.waitFor("Deployment/web", web => web?.status?.availableReplicas === 6, patience),
    );
    stage.bars(await podsByNode(cluster));
    stage.claim("none of the six runs on node-0", !(await podsByNode(cluster)).has("node-0"));

    await stage.step("node-1 is cut off: what runs on it goes on, but nobody knows.");
    const fenced = await podsOn(cluster, "node-1");
    await cluster.nodes.freeze("node-1");
    await stage.until("its pods are asked to go", allGoing(cluster, fenced));
    stage.claim(
      "they are not gone: only their node could say that they have ended",
      (await stillThere(cluster, fenced)) === fenced.length,
    );
    await stage.step("node-1 is back.");
    await cluster.nodes.start("node-1");
    await stage.until(
      "its old pods are gone",
      Promise.all(fenced.map(({ metadata }) => cluster.waitFor(`Pod/${metadata.name}`, "deleted", patience))),
    );
    stage.claim("it is ready for others", isReady(await cluster.get("Node", "node-1")));

    await stage.step("node-2 is drained, for repairs.");
    let least = 6;
    const watching = new AbortController();
    const watched = (async () => {
      for await (const { type, object } of cluster.watch("Deployment", { signal: watching.signal }))
        if (type !== "BOOKMARK") least = Math.min(least, object.status?.availableReplicas ?? 0);
    })().catch(() => {});
    await stage.until("it is empty", cluster.nodes.drain("node-2"));
    watching.abort();
    await watched;
    await stage.table("Node");
    stage.bars(await podsByNode(cluster));
    stage.claim("none of its pods is left", (await podsOn(cluster, "node-2")).length === 0);
    stage.claim("five were available all the time", least >= 5, least);

    await stage.step("What was done to heal is counted.");
    const { nodes, healing } = await cluster.stats();
    stage.say(
      `  ${nodes.ready} of ${nodes.total} nodes are ready; ${healing.evacuations} pods were evicted from lost ones.`,
    );
    stage.claim("as many as were on them", healing.evacuations === lost.length + fenced.length, healing);
  },
} satisfies Demo;

const patience = { timeoutMs: 600_000 };

async function podsOn(cluster: Cluster, node: string): Promise<Pod[]> {
  return cluster.list("Pod", { fieldSelector: `spec.nodeName=${node}` });
}

/** How many there are of each node; those that are to go do not count. */
async function podsByNode(cluster: Cluster): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const { metadata, spec } of await cluster.list("Pod")) {
    const { nodeName } = spec;
    if (nodeName && !metadata.deletionTimestamp) counts.set(nodeName, (counts.get(nodeName) ?? 0) + 1);
  }
  return counts;
}

async function stillThere(cluster: Cluster, pods: readonly Pod[]): Promise<number> {
  const uids = new Set((await cluster.list("Pod")).map(({ metadata }) => metadata.uid));
  return pods.filter(({ metadata }) => uids.has(metadata.uid)).length;
}

async function allGoing(cluster: Cluster, pods: readonly Pod[]): Promise<void> {
  const isGoing = (pod?: Pod) => !pod || pod.metadata.deletionTimestamp !== undefined;
  await Promise.all(pods.map(({ metadata }) => cluster.waitFor(`Pod/${metadata.name}`, isGoing, patience)));
}

function readinessOf(node?: Node): string | undefined {
  return node?.status?.conditions?.find(({ type }) => type === "Ready")?.status;
}

function isReady(node?: Node): boolean {
  return readinessOf(node) === "True";
}

function isUnreachable(node?: Node): boolean {
  return readinessOf(node) === "Unknown";
}
