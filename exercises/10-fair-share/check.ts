import type { Check } from "../classroom/check.ts";
import type { Outcome, Scene } from "../classroom/scene.ts";

interface Status {
  held: string[];
  came: string[];
  most: number;
}

const presses = ["press-0", "press-1", "press-2"];

export default {
  scenarios: [
    {
      name: "Each job goes to the press with the fewest jobs",
      task: 1,
      points: 3,
      async run(scene) {
        await scene.begin();
        const jobs = give(scene, ["a", "b", "c"]);
        await expectHeld(scene, 3, [["a"], ["b"], ["c"]], "gave three jobs: a, b, c");
        await finish(scene, "press-1", "b");
        await answered(scene, jobs[1]);
        give(scene, ["d"]);
        const did = "gave three jobs, let press-1 finish its own, and gave a fourth: d";
        await expectHeld(scene, 3, [["a"], ["d"], ["c"]], did);
      },
    },
    {
      name: "No press has more than its limit; the rest waits, and goes out in order",
      task: 2,
      points: 3,
      async run(scene) {
        await scene.begin();
        const jobs = give(scene, ["a", "b", "c", "d", "e", "f", "g", "h"]);
        const full = [
          ["a", "d"],
          ["b", "e"],
          ["c", "f"],
        ];
        await expectHeld(scene, 6, full, "gave eight jobs, a to h, to three presses with a limit of 2");
        await finish(scene, "press-2", "c");
        const next = [
          ["a", "d"],
          ["b", "e"],
          ["f", "g"],
        ];
        await expectHeld(scene, 6, next, "gave eight jobs, a to h, and let press-2 finish c");
        for (const press of presses) await finish(scene, press, "all");
        for (const job of jobs) await answered(scene, job);
        for (const press of presses) {
          const { most } = await scene.reply<Status>(press, { status: true });
          scene.expect(most <= 2, {
            did: "gave eight jobs to three presses with a limit of 2, and let all be finished",
            expected: `${press} never to have more than 2 at once`,
            happened: `it had ${most}`,
          });
        }
      },
    },
    {
      name: "The jobs of a press that is lost are done by another one",
      task: 3,
      points: 2,
      async run(scene) {
        await scene.begin();
        const jobs = give(scene, ["a", "b", "c"]);
        await until(scene, 3, "gave three jobs: a, b, c");
        await scene.destroy("press-0");
        const left = ["press-1", "press-2"];
        const did = "gave a, b and c to three presses, and removed press-0, which had a";
        await until(scene, 3, did, left);
        for (const press of left) await finish(scene, press, "all");
        for (const job of jobs) await answered(scene, job);
        const more = give(scene, ["d", "e"]);
        for (const job of more) await answered(scene, job);
      },
    },
  ],
} satisfies Check;

/** Gives jobs to the dispatcher, in this order, and waits for none. */
function give(scene: Scene, jobs: readonly string[]): Promise<Outcome>[] {
  return jobs.map(job => scene.ask("dispatcher", { job }));
}

async function answered(scene: Scene, job: Promise<Outcome> | undefined): Promise<void> {
  const outcome = await job;
  scene.expect(outcome !== undefined && "reply" in outcome, {
    did: "gave a job, and let it be finished",
    expected: "the answer of the press",
    happened: outcome && "error" in outcome ? String(outcome.error) : "nothing",
  });
}

function finish(scene: Scene, press: string, job: string): Promise<unknown> {
  return scene.reply(press, { finish: job });
}

/** Waits until the presses hold so many jobs together, and tells which. */
function until(scene: Scene, count: number, did: string, names = presses): Promise<string[][]> {
  return scene.until(
    async () => {
      const all = await Promise.all(names.map(press => scene.reply<Status>(press, { status: true })));
      return all.map(({ held }) => held);
    },
    held => held.flat().length >= count,
    { did, expected: `${count} jobs to be on the presses` },
    held => describeHeld(held, names),
  );
}

async function expectHeld(scene: Scene, count: number, expected: string[][], did: string): Promise<void> {
  const held = await until(scene, count, did);
  scene.expect(JSON.stringify(held) === JSON.stringify(expected), {
    did,
    expected: describeHeld(expected),
    happened: describeHeld(held),
  });
}

function describeHeld(held: readonly string[][], names = presses): string {
  return names.map((press, index) => `${press}: ${held[index]?.join(" ") || "nothing"}`).join(", ");
}
