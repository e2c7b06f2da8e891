import type { Check } from "../classroom/check.ts";
import type { Scene } from "../classroom/scene.ts";

interface Status {
  held: string[];
  came: string[];
}

const jobs = ["job-1", "job-2", "job-3", "job-4"];

export default {
  scenarios: [
    {
      name: "Every job that had arrived is done, although the clerk was told to stop",
      task: 1,
      points: 3,
      async run(scene) {
        await stopInTheMiddle(scene);
        const { came } = await scene.reply<Status>("press", { status: true });
        const did =
          "sent four jobs to the clerk, told it to stop during the first, and looked what the press got";
        scene.expectEqual(came, jobs, did);
      },
    },
    {
      name: "The clerk says goodbye when all is done",
      task: 2,
      points: 1,
      async run(scene) {
        await stopInTheMiddle(scene);
        const did = "sent four jobs to the clerk, told it to stop during the first, and read the ledger";
        const entries = await scene.reply("ledger", "read");
        scene.expectEqual(entries, [{ closed: "clerk", jobs: 4 }], did);
      },
    },
    {
      name: "The sweeper ends when it is told to, in the middle of its sleep",
      task: 3,
      points: 2,
      async run(scene) {
        await scene.begin();
        await scene.cluster.delete("Container", "sweeper");
        await scene.until(
          () => scene.reply<{ swept?: string }[]>("ledger", "read"),
          entries => entries.some(({ swept }) => swept === "sweeper"),
          { did: "told the sweeper to stop", expected: 'the ledger to get { swept: "sweeper" }, soon' },
          entries => `the ledger holds ${JSON.stringify(entries)}`,
        );
        await scene.until(
          () => isGone(scene, "sweeper"),
          isSo => isSo,
          { did: "told the sweeper to stop", expected: "its function to return" },
          () => "it still runs",
        );
      },
    },
  ],
} satisfies Check;

/** Four jobs have arrived and the first is being done when the clerk is told to stop; then all may be finished. */
async function stopInTheMiddle(scene: Scene): Promise<void> {
  await scene.begin();
  await Promise.all(jobs.map(job => scene.send("clerk", job)));
  await scene.until(
    () => scene.reply<Status>("press", { status: true }),
    ({ held }) => held.length > 0,
    { did: "sent four jobs to the clerk", expected: "the first one to reach the press" },
  );
  await scene.cluster.delete("Container", "clerk");
  await scene.until(
    () => scene.cluster.get("Pod", "clerk"),
    pod => pod === undefined || pod.metadata.deletionTimestamp !== undefined,
    { did: "deleted the clerk", expected: "it to be told to stop" },
    () => "it was not",
  );
  for (const job of jobs) {
    await scene.until(
      async () =>
        (await isGone(scene, "clerk")) ||
        (await scene.reply<Status>("press", { status: true })).came.includes(job),
      isSo => isSo,
      {
        did: "told the clerk to stop, and let job after job be finished",
        expected: `${job} to reach the press`,
      },
      () => "it did not",
    );
    await scene.reply("press", { finish: job });
  }
  await scene.until(
    () => isGone(scene, "clerk"),
    isSo => isSo,
    { did: "told the clerk to stop, and let all jobs be finished", expected: "its function to return" },
    () => "it still runs",
  );
}

async function isGone(scene: Scene, pod: string): Promise<boolean> {
  return (await scene.cluster.get("Pod", pod)) === undefined;
}
