import type { Job } from "k4s";
import type { Check } from "../classroom/check.ts";
import type { Scene } from "../classroom/scene.ts";

const march = ["March: Ada pays 30", "March: Bob pays 31", "March: Cy pays 32", "March: Dee pays 33"];
const april = march.map(entry => entry.replace("March", "April"));

export default {
  options: { restartBackOff: { initialMs: 50 } },
  scenarios: [
    {
      name: "An attempt that breaks off in the middle is made good by the next",
      task: 1,
      points: 3,
      async run(scene) {
        const [bank, job] = parts(scene);
        await scene.begin(bank);
        // The second entry is written, and the answer is lost; the next one is lost on its way there.
        await scene.reply("bank", { failAt: 2 });
        await scene.cluster.apply(job);
        await expectEnd(scene, "invoices-1", "Complete");
        const did =
          "ran the Job for March; the answer to its second entry was lost, and the next entry before it came";
        await expectBook(scene, march, did);
      },
    },
    {
      name: "A month is booked once, and another month, too",
      task: 2,
      points: 2,
      async run(scene) {
        const [bank, job] = parts(scene);
        await scene.begin(bank);
        for (const [number, month] of ["March", "March", "April"].entries()) {
          const name = `invoices-${number + 1}`;
          await scene.cluster.apply(job.replace("invoices-1", name).replace("March", month));
          await expectEnd(scene, name, "Complete");
        }
        await expectBook(
          scene,
          [...march, ...april],
          "ran the Job for March, again for March, and for April",
        );
      },
    },
    {
      name: "A month that does not exist is no success",
      task: 3,
      points: 1,
      async run(scene) {
        const [bank, job] = parts(scene);
        await scene.begin(bank);
        await scene.cluster.apply(
          job.replace("March", "Smarch").replace("backoffLimit: 3", "backoffLimit: 0"),
        );
        await expectEnd(scene, "invoices-1", "Failed");
        await expectBook(scene, [], "ran the Job for Smarch");
      },
    },
  ],
} satisfies Check;

/** The manifests of the bank and of the Job. */
function parts(scene: Scene): [string, string] {
  const [bank = "", job = ""] = scene.manifest.split("\n---\n");
  return [bank, job];
}

async function expectEnd(scene: Scene, name: string, expected: "Complete" | "Failed"): Promise<void> {
  const did = `ran the Job ${name}`;
  await scene.until(
    async () => {
      // A Job whose file has no such function fails too, and that is no answer to any task.
      await scene.expectStarted(did);
      return { end: endOf(await scene.cluster.get("Job", name)), troubles: await scene.troubles() };
    },
    ({ end }) => end === expected,
    { did, expected: `it to be ${expected}` },
    ({ end, troubles }) => [end ? `it is ${end}` : "it goes on", ...troubles].join("\n"),
  );
}

function endOf(job?: Job): string | undefined {
  return job?.status?.conditions?.find(
    ({ type, status }) => status === "True" && (type === "Complete" || type === "Failed"),
  )?.type;
}

async function expectBook(scene: Scene, expected: readonly string[], did: string): Promise<void> {
  const pages = await scene.reply<unknown[]>("bank", { pages: true });
  scene.expectEqual(pages, expected, `${did}; then looked into the book of the bank`);
}
