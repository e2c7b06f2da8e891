/** Two services that grow under load and shrink after it: one by the processors that it uses, one by the jobs that wait. */
import type { Deployment } from "k4s";
import { Load } from "./load.ts";
import type { Demo } from "./stage.ts";

export default {
  title: "Autoscaling, by processors and by a queue",
  picture: `
     questions ──▶ primes  ×1 … ×3   by processors: 60 % of what is requested
     jobs      ──▶ queue   ×1 … ×3   by queue_depth: 4 jobs that wait, each`,
  manifest: "13-autoscaling.yaml",
  // Fifteen seconds and five minutes in a cluster that nobody waits for.
  options: {
    autoscaling: { syncPeriodMs: 1_000, downscaleStabilizationMs: 3_000, cpuInitializationPeriodMs: 0 },
    metricResolutionMs: 1_000,
  },
  async play(cluster, stage) {
    const has = (replicas: number) => (deployment?: Deployment) =>
      deployment?.spec.replicas === replicas && deployment.status?.readyReplicas === replicas;
    const rescaled = async (name: string) =>
      (await cluster.events(`HorizontalPodAutoscaler/${name}`))
        .filter(({ reason }) => reason === "SuccessfulRescale")
        .map(({ message = "" }) => message);

    await stage.step("Two Deployments of one pod each, their Services and their autoscalers.");
    await stage.apply(this.manifest);
    await stage.until("primes is ready", cluster.waitFor("Deployment/primes", has(1)));
    await stage.until("queue is ready", cluster.waitFor("Deployment/queue", has(1)));

    await stage.step("Ask for primes, four at a time, without a pause.");
    const questions = new Load(() => cluster.api.request("primes", 60_000), 4);
    try {
      await stage.until(
        "there are three",
        cluster.waitFor("Deployment/primes", has(3), { timeoutMs: 60_000 }),
      );
      await stage.table("HorizontalPodAutoscaler");
    } finally {
      await questions.stop();
    }
    const [grown = ""] = await rescaled("primes");
    stage.claim(
      "it grew because of the processors",
      /cpu resource utilization .* above target/.test(grown),
      grown,
    );

    await stage.step("Ask no more.");
    await stage.until("one is left", cluster.waitFor("Deployment/primes", has(1), { timeoutMs: 60_000 }));
    stage.claim("every question was answered", questions.errors.length === 0, questions.errors[0]);

    await stage.step("Send jobs to the queue, more than one worker can do.");
    const jobs = new Load(() => cluster.api.request("queue", "a job"), 30);
    try {
      await stage.until(
        "there are three",
        cluster.waitFor("Deployment/queue", has(3), { timeoutMs: 60_000 }),
      );
      await stage.table("HorizontalPodAutoscaler");
    } finally {
      await jobs.stop();
    }
    const [longer = ""] = await rescaled("queue");
    stage.claim(
      "it grew because of the jobs that waited",
      longer.endsWith("pods metric queue_depth above target"),
      longer,
    );

    await stage.step("Send no more.");
    await stage.until("one is left", cluster.waitFor("Deployment/queue", has(1), { timeoutMs: 60_000 }));
    stage.claim("every job was done", jobs.errors.length === 0, jobs.errors[0]);
    stage.bars(
      new Map([
        ["primes", questions.answers.length],
        ["queue", jobs.answers.length],
      ]),
    );
  },
} satisfies Demo;
