/** A pod on each node, and pods that come to an end: one Job fails on the way, another for good, a third comes by itself. */
import type { Cluster, DaemonSet, Job } from "k4s";
import type { Demo } from "./stage.ts";

export default {
  title: "DaemonSet, Job and CronJob",
  picture: `
     DaemonSet watchman    node-0 ✔   node-1 ✔   + node-2 ✔   + gpu (tainted) –

     Job sum               0 ✔  1 ✔  2 ✘ ✔  3 ✔     four shares, two at a time
     Job hopeless          ✘ ✘                      gives up after the second
     CronJob clock         … ✔                      a Job when it is time`,
  manifest: "12-daemonset-and-jobs.yaml",
  options: { nodes: 2, restartBackOff: { initialMs: 100 } },
  async play(cluster, stage) {
    await stage.step("Declare a DaemonSet.");
    await stage.apply(this.manifest);
    await stage.until("it runs on both nodes", cluster.waitFor("DaemonSet/watchman", runsOn(2)));
    await stage.step("Two nodes join: an ordinary one, and one with a taint.");
    await cluster.nodes.add();
    await cluster.nodes.add({ name: "gpu", taints: [{ key: "gpu", effect: "NoSchedule" }] });
    await stage.until("it runs on the new node", cluster.waitFor("DaemonSet/watchman", runsOn(3)));
    await stage.table("DaemonSet");
    stage.claim("the tainted node has none", !(await nodesOf(cluster)).includes("gpu"));

    await stage.step("Let it tolerate the taint.");
    const tolerations = [{ key: "gpu", operator: "Exists" }];
    await cluster.patch("DaemonSet", "watchman", { spec: { template: { spec: { tolerations } } } });
    await stage.until("it runs there, too", cluster.waitFor("DaemonSet/watchman", runsOn(4)));
    await stage.until("the others have the new template", cluster.rollout.wait("DaemonSet/watchman"));
    stage.claim("each node has one", new Set(await nodesOf(cluster)).size === 4, await nodesOf(cluster));

    await stage.step("Declare a Job of four shares, a Job that always fails, and a CronJob.");
    await stage.apply("12-jobs.yaml");
    await stage.until("the first is complete", cluster.waitFor("Job/sum", "Complete"));
    const pods = await cluster.list("Pod", { labelSelector: "job-name=sum" });
    const shares = await Promise.all(pods.map(pod => cluster.logs(`Pod/${pod.metadata.name}`)));
    const sum = shares.reduce((all, share) => all + Number(share), 0);
    stage.say(`  ${shares.map(share => share.trim()).join(" + ")} = ${sum}`);
    stage.claim("each share was added once", sum === 500_500, sum);
    const restarts = pods.map(({ status }) => status?.containerStatuses?.[0]?.restartCount ?? 0);
    stage.claim("one of them took a second attempt", restarts.sort().join() === "0,0,0,1", restarts);

    await stage.until("the second has failed", cluster.waitFor("Job/hopeless", "Failed"));
    const hopeless = await cluster.get("Job", "hopeless");
    const why = hopeless?.status?.conditions?.find(({ type }) => type === "Failed")?.reason;
    stage.claim("its status says why: BackoffLimitExceeded", why === "BackoffLimitExceeded", why);

    await stage.step("The CronJob makes a Job by itself.");
    await stage.until("it is complete", completeFrom(cluster, "clock"));
    await stage.table("Job");
    const clock = await cluster.get("CronJob", "clock");
    stage.claim(
      "it says when it last succeeded",
      clock?.status?.lastSuccessfulTime !== undefined,
      clock?.status,
    );
  },
} satisfies Demo;

function runsOn(count: number) {
  return (set?: DaemonSet) =>
    set?.status?.numberReady === count && set.status.desiredNumberScheduled === count;
}

async function nodesOf(cluster: Cluster): Promise<string[]> {
  const pods = await cluster.list("Pod", { labelSelector: "app=watchman" });
  return pods.map(({ spec }) => spec.nodeName ?? "none");
}

/** Resolves once a Job that the CronJob made is complete, and the CronJob has seen that. */
async function completeFrom(cluster: Cluster, cronJob: string): Promise<void> {
  for await (const { type, object } of cluster.watch("Job"))
    if (type !== "BOOKMARK" && object.metadata.name.startsWith(`${cronJob}-`) && isComplete(object)) break;
  await cluster.waitFor(`CronJob/${cronJob}`, object => object?.status?.lastSuccessfulTime !== undefined);
}

function isComplete(job: Job): boolean {
  return (
    job.status?.conditions?.some(({ type, status }) => type === "Complete" && status === "True") ?? false
  );
}
