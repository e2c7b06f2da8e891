import type { Check } from "../classroom/check.ts";
import type { Scene } from "../classroom/scene.ts";

interface Answer {
  by: string;
  count: number;
}

export default {
  scenarios: [
    {
      name: "Each replica counts what it saw itself",
      task: 1,
      points: 2,
      async run(scene) {
        await scene.begin();
        const byReplica = await askOneByOne(scene, "counter", 20);
        for (const [replica, counts] of byReplica) {
          scene.expectEqual(
            counts,
            upTo(counts.length),
            `asked the service counter 20 times; of these ${replica} answered ${counts.length}`,
          );
        }
        expectSeveral(scene, [...byReplica.keys()]);
      },
    },
    {
      name: "Replicas that ask the tally agree, even when asked all at once",
      task: 2,
      points: 2,
      async run(scene) {
        await scene.begin();
        const answers = await Promise.all(upTo(30).map(() => scene.reply<Answer>("agreeing", "count")));
        const counts = answers.map(({ count }) => count).sort((a, b) => a - b);
        scene.expectEqual(
          counts,
          upTo(30),
          "asked the service agreeing 30 times at once, and sorted the counts",
        );
        expectSeveral(
          scene,
          answers.map(({ by }) => by),
        );
      },
    },
    {
      name: "The count survives the loss of a replica",
      task: 2,
      points: 1,
      async run(scene) {
        await scene.begin();
        await askOneByOne(scene, "agreeing", 5);
        for (const name of ["agreeing-0", "agreeing-1", "agreeing-2"]) await scene.kill(name);
        const { count } = await scene.reply<Answer>("agreeing", "count");
        scene.expectEqual(count, 6, "asked 5 times, lost all three replicas, and asked once more");
      },
    },
  ],
} satisfies Check;

/** The counts that each replica answered, in order. */
async function askOneByOne(scene: Scene, service: string, times: number): Promise<Map<string, number[]>> {
  const byReplica = new Map<string, number[]>();
  for (let time = 0; time < times; time++) {
    const { by, count } = await scene.reply<Answer>(service, "count", "the reply { by, count }");
    byReplica.set(by, [...(byReplica.get(by) ?? []), count]);
  }
  return byReplica;
}

function expectSeveral(scene: Scene, replicas: string[]): void {
  const names = [...new Set(replicas)];
  scene.expect(names.length > 1, {
    did: "looked at who had answered",
    expected: "different replicas: by is self.name",
    happened: `always ${names.join(", ")}`,
  });
}

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}
