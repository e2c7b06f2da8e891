import type { Check } from "../classroom/check.ts";
import type { Scene } from "../classroom/scene.ts";

export default {
  scenarios: [
    {
      name: "A full window is sent, and the next one begins",
      task: 1,
      points: 2,
      async run(scene) {
        await scene.begin();
        await sendAll(scene, "summary", [3, 5, 4, 10, 20, 30, 7]);
        const did = "sent 3, 5, 4, 10, 20, 30, 7 to summary, whose windows have size 3";
        const expected = [
          { count: 3, sum: 12 },
          { count: 3, sum: 60 },
        ];
        await expectEntries(scene, 2, expected, did);
      },
    },
    {
      name: "What is left is sent when the worker is told to stop",
      task: 2,
      points: 2,
      async run(scene) {
        await scene.begin();
        await sendAll(scene, "summary", [1, 2, 3, 4, 5]);
        await scene.cluster.delete("Container", "summary");
        await scene.cluster.waitFor("Pod/summary", "deleted");
        const did = "sent 1, 2, 3, 4, 5 to summary (size 3), and deleted it";
        await expectEntries(
          scene,
          2,
          [
            { count: 3, sum: 6 },
            { count: 2, sum: 9 },
          ],
          did,
        );
      },
    },
    {
      name: "An empty window is not sent",
      task: 2,
      points: 1,
      async run(scene) {
        await scene.begin();
        await sendAll(scene, "summary", [1, 2, 3]);
        await scene.cluster.delete("Container", "summary");
        await scene.cluster.waitFor("Pod/summary", "deleted");
        await expectEntries(
          scene,
          1,
          [{ count: 3, sum: 6 }],
          "sent 1, 2, 3 to summary (size 3), and deleted it",
        );
      },
    },
    {
      name: "A window that has been open long enough is sent as it is",
      task: 3,
      points: 2,
      async run(scene) {
        await scene.begin();
        const did = "sent 8 and 9 to impatient (size 1000, maxMs 200), and waited";
        await sendAll(scene, "impatient", [8, 9]);
        await expectEntries(scene, 1, [{ count: 2, sum: 17 }], did);
      },
    },
  ],
} satisfies Check;

function sendAll(scene: Scene, to: string, numbers: readonly number[]): Promise<unknown> {
  return Promise.all(numbers.map(number => scene.send(to, number)));
}

/** Waits until the ledger has so many entries, and then they must be these. */
async function expectEntries(
  scene: Scene,
  count: number,
  expected: readonly unknown[],
  did: string,
): Promise<void> {
  const entries = await scene.until(
    () => scene.reply<unknown[]>("ledger", "read"),
    seen => seen.length >= count,
    { did, expected: `the ledger to get ${count} of them: ${JSON.stringify(expected)}` },
    seen => `it got ${JSON.stringify(seen)}`,
  );
  scene.expectEqual(entries, expected, `${did}, and read the ledger`);
}
