/** Why a pod is where it is: spread over zones, refused with a reason, and let in because it matters more than another. */
import type { Cluster, Deployment, Pod, SchedulingReport } from "k4s";
import type { Demo } from "./stage.ts";

const zone = "topology.kubernetes.io/zone";

export default {
  title: "Priority, preemption and spreading",
  picture: `
     zone-0  node-0  [web][web]·········      two in each zone
     zone-1  node-1  [web][web]·········
     zone-2  node-2  [web][web]·········      4 processors each
                                  ▲
     large (3.5 processors) ──────┘ fits nowhere until there is room
     urgent (2, more important)     takes the place of the fewest
     (Containers pretend to run here: what is shown is where they go.)`,
  manifest: "15-scheduling.yaml",
  isVirtual: true,
  options: { nodes: 3, nodeCapacity: { cpu: 4, memory: "8Gi", pods: 20 } },
  async play(cluster, stage) {
    await stage.step(
      "Label the three nodes with their zones, and declare six pods that are to be spread over these.",
    );
    for (const node of await cluster.list("Node")) {
      const labels = { [zone]: node.metadata.name.replace("node", "zone") };
      await cluster.patch("Node", node.metadata.name, { metadata: { labels } });
    }
    await stage.apply(this.manifest);
    await stage.until("they are ready", cluster.rollout.wait("Deployment/web"));
    stage.bars(await perNode(cluster));
    stage.claim("two in each zone", [...(await perNode(cluster)).values()].join() === "2,2,2");
    const chosen = await choiceAmongSome(cluster);
    stage.say(`  What the scheduler gave each node for ${chosen.name}:`);
    stage.bars(new Map(chosen.nodes.map(({ node, total = 0 }) => [node, total])));
    const best = Math.max(...chosen.nodes.map(({ total = 0 }) => total));
    const given = chosen.nodes.find(({ node }) => node === chosen.node)?.total;
    stage.claim("it went to one that none surpasses", given === best, chosen.nodes);

    await stage.step("Declare a pod that asks for three and a half processors, in zone-0.");
    await stage.apply("15-large.yaml");
    await stage.until(
      "the scheduler has tried",
      cluster.waitFor("Pod/large", pod => pod?.status?.conditions?.[0]?.reason === "Unschedulable"),
    );
    const refused = await cluster.scheduling("Pod/large");
    stage.say(`  ${refused.message}`);
    for (const { node, refusals, remedies } of refused.nodes) {
      stage.say(
        `  ${node}: ${Object.entries(refusals)
          .map(([plugin, why]) => `${plugin}: ${why.join(", ")}`)
          .join("; ")}`,
      );
      for (const remedy of remedies) stage.say(`    → ${remedy}`);
    }
    const why = Object.fromEntries(refused.nodes.map(({ node, refusals }) => [node, Object.keys(refusals)]));
    stage.claim("node-0 has too few processors left", why["node-0"]?.join() === "NodeResourcesFit", why);
    stage.claim("the others are in another zone", why["node-1"]?.includes("NodeAffinity") === true, why);

    await stage.step("Do what the report says: one of the pods on node-0 goes.");
    await cluster.scale("Deployment/web", 3);
    await stage.until("it fits", cluster.waitFor("Pod/large", "PodScheduled"));
    stage.claim("it is on node-0", (await cluster.get("Pod", "large"))?.spec.nodeName === "node-0");

    await stage.step("Fill the cluster with pods of one processor.");
    await stage.apply("15-batch.yaml");
    const isFull = (batch?: Deployment) => batch?.status?.readyReplicas === 6;
    await stage.until("six run, and six fit nowhere", cluster.waitFor("Deployment/batch", isFull));
    const before = await running(cluster);

    await stage.step("Declare a pod of a higher priority, which asks for two processors.");
    await stage.apply("15-urgent.yaml");
    await stage.until("it is ready", cluster.waitFor("Pod/urgent", "Ready"));
    const after = new Set((await running(cluster)).map(({ metadata }) => metadata.uid));
    const victims = before
      .filter(({ metadata }) => !after.has(metadata.uid))
      .map(({ metadata }) => metadata.name);
    const node = (await cluster.get("Pod", "urgent"))?.spec.nodeName;
    stage.say(`  urgent is on ${node}, in the place of ${victims.join(", ")}`);
    stage.claim(
      "the fewest gave their place: one large pod, not two small ones",
      victims.join() === "large",
      victims,
    );
    const told = (await cluster.events("Pod/large")).filter(({ reason }) => reason === "Preempted");
    stage.claim("an event says so", told.length === 1, told);
    const promised = cluster
      .history()
      .some(({ key, object }) => key.name === "urgent" && (object as Pod).status?.nominatedNodeName === node);
    stage.claim("and urgent was promised the node before it was free", promised);
  },
} satisfies Demo;

/** Of a pod that could have gone to several nodes: where only one is possible, none is scored. */
async function choiceAmongSome(cluster: Cluster): Promise<SchedulingReport> {
  const pods = await cluster.list("Pod", { labelSelector: "app=web" });
  const reports = await Promise.all(pods.map(pod => cluster.scheduling(`Pod/${pod.metadata.name}`)));
  const scored = ({ nodes }: SchedulingReport) => nodes.filter(({ total }) => total !== undefined).length;
  return reports.reduce((one, other) => (scored(other) > scored(one) ? other : one));
}

async function running(cluster: Cluster): Promise<Pod[]> {
  const pods = await cluster.list("Pod");
  return pods.filter(({ spec, metadata }) => spec.nodeName && !metadata.deletionTimestamp);
}

async function perNode(cluster: Cluster): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const { spec } of await running(cluster))
    counts.set(spec.nodeName ?? "", (counts.get(spec.nodeName ?? "") ?? 0) + 1);
  return counts;
}
