import type { Check } from "../classroom/check.ts";
import type { Scene } from "../classroom/scene.ts";

export default {
  scenarios: [
    {
      name: "It asks all shelves at once and gathers their titles",
      task: 1,
      points: 2,
      async run(scene) {
        await scene.begin();
        const expected = { titles: ["The Sea Wolf", "Sea of Tranquility", "The Sea"], missing: [] };
        await scene.expectReply("search", { word: "Sea" }, expected);
        await expectTogether(scene, 3, "asked search for a word");
      },
    },
    {
      name: "A shelf that fails is named as missing",
      task: 2,
      points: 2,
      async run(scene) {
        await scene.begin(withMood(scene.manifest, "broken"));
        await scene.expectReply(
          "search",
          { word: "Sea" },
          { titles: ["The Sea Wolf", "The Sea"], missing: ["shelf-b"] },
        );
      },
    },
    {
      name: "A shelf that never answers is named as missing, in time",
      task: 3,
      points: 1,
      async run(scene) {
        const hasty = scene.manifest.replace("timeoutMs: 5000", "timeoutMs: 1500");
        await scene.begin(withMood(hasty, "silent"));
        await scene.expectReply(
          "search",
          { word: "Sea" },
          { titles: ["The Sea Wolf", "The Sea"], missing: ["shelf-b"] },
        );
      },
    },
    {
      name: "It takes the next question while it waits for answers",
      task: 4,
      points: 2,
      async run(scene) {
        await scene.begin(scene.manifest.replace("people: 3", "people: 6"));
        await Promise.all([scene.reply("search", { word: "Sea" }), scene.reply("search", { word: "Moby" })]);
        await expectTogether(scene, 6, "asked search two questions at the same time");
      },
    },
  ],
} satisfies Check;

/** shelf-b in another mood. The gathering lets two in: the third does not come. */
function withMood(manifest: string, mood: string): string {
  return manifest
    .replace("{ titles: [Sea of Tranquility] }", `{ titles: [Sea of Tranquility], mood: ${mood} }`)
    .replace("people: 3", "people: 2");
}

async function expectTogether(scene: Scene, people: number, did: string): Promise<void> {
  const most = await scene.reply<number>("gathering", { most: true });
  scene.expect(most >= people, {
    did,
    expected: `${people} shelves to be working on an answer at the same time`,
    happened: `never more than ${most} at the same time`,
  });
}
