/** Everything that can go wrong with a worker goes wrong, one after another; the service goes on answering. */
import type { Cluster, Pod } from "k4s";
import type { Demo, Stage } from "./stage.ts";

interface Mood {
  mood: string;
  pod: string;
  restarts: number;
}

export default {
  title: "Self-healing",
  picture: `
     moody-0 ✘ throws   moody-1 ✘ spins for ever   moody-2 ✘ eats its memory
        │ restarted        │ liveness probe: killed   │ heap limit: OOMKilled
        ▼                  ▼                          ▼
     moody-0 ✔          moody-1 ✔                  moody-2 ✔`,
  manifest: "08-self-healing.yaml",
  async play(cluster, stage) {
    await stage.step(
      "Declare three workers that do whatever a message tells them. They have a liveness probe and a memory limit.",
    );
    await stage.apply(this.manifest);
    await stage.until("all are ready", cluster.waitFor("ReplicaSet/moody", "Ready"));

    await misbehave(cluster, stage, { pod: "moody-0", message: "throw", reason: "Error", exitCode: 1 });
    await misbehave(cluster, stage, { pod: "moody-1", message: "spin", reason: "Error", exitCode: 137 });
    await misbehave(cluster, stage, { pod: "moody-2", message: "eat", reason: "OOMKilled", exitCode: 137 });
    await misbehave(cluster, stage, { pod: "moody-0", message: "exit", reason: "Error", exitCode: 7 });

    await stage.step("One is killed by hand: its pod is deleted, without a word to its controller.");
    const before = await cluster.get("Pod", "moody-1");
    await cluster.delete("Pod", "moody-1", { gracePeriodSeconds: 0 });
    await stage.until(
      "another moody-1 is ready",
      cluster.waitFor(
        "Pod/moody-1",
        pod => pod !== undefined && pod.metadata.uid !== before?.metadata.uid && isReady(pod),
      ),
    );

    await stage.step("What happened is written down.");
    await cluster.waitFor("ReplicaSet/moody", "Ready");
    await stage.table("Pod");
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => cluster.api.request<Mood>("moody", "how are you?")),
    );
    stage.claim("all three answer again", new Set(answers.map(({ pod }) => pod)).size === 3, answers[0]);
  },
} satisfies Demo;

interface Misbehaviour {
  pod: string;
  message: string;
  reason: string;
  exitCode: number;
}

async function misbehave(
  cluster: Cluster,
  stage: Stage,
  { pod, message, reason, exitCode }: Misbehaviour,
): Promise<void> {
  await stage.step(`Tell ${pod} to ${message}.`);
  stage.message("you", pod, message);
  const before = (await statusOf(cluster, pod))?.restartCount ?? 0;
  const error = await cluster.api.request(`pod/${pod}`, message).then(
    () => new Error("it answered"),
    (error: Error) => error,
  );
  stage.message("k4s", "you", error);
  stage.claim(
    "the caller is told at once that it is gone",
    "reason" in error && error.reason === "ContainerExited",
    error,
  );
  await stage.until(
    `${pod} runs again`,
    cluster.waitFor(
      `Pod/${pod}`,
      object => isReady(object) && (containerOf(object)?.restartCount ?? 0) > before,
    ),
  );
  const ended = (await statusOf(cluster, pod))?.lastState?.terminated;
  stage.claim(
    `its status says why: ${reason}, exit code ${exitCode}`,
    ended?.reason === reason && ended.exitCode === exitCode,
    ended,
  );
}

async function statusOf(cluster: Cluster, pod: string) {
  return containerOf(await cluster.get("Pod", pod));
}

function containerOf(pod?: Pod) {
  return pod?.status?.containerStatuses?.[0];
}

function isReady(pod?: Pod): boolean {
  return containerOf(pod)?.ready === true;
}
