import type { Check } from "../classroom/check.ts";
import type { Scene } from "../classroom/scene.ts";

export default {
  scenarios: [
    {
      name: "An error reaches the one who asked, and the worker goes on",
      task: 1,
      points: 2,
      async run(scene) {
        await scene.begin();
        await askAboutAtlantis(scene);
        await scene.expectReply("forecast", { city: "Oslo" }, { city: "Oslo", degrees: 4 });
        await scene.expectNoRestart("forecast", "asked forecast about a city that does not exist");
      },
    },
    {
      name: "It asks again when the error is temporary",
      task: 2,
      points: 1,
      async run(scene) {
        await scene.begin();
        await scene.expectReply("forecast", { city: "Lima" }, { city: "Lima", degrees: 19 });
        await expectCalls(scene, "Lima", 3);
      },
    },
    {
      name: "It gives up after so many attempts",
      task: 2,
      points: 1,
      async run(scene) {
        await scene.begin();
        const expected = "after 3 attempts, the last error of weather (busy, ask again about Delhi)";
        await scene.expectError("forecast", { city: "Delhi" }, expected, error =>
          error.message.startsWith("busy"),
        );
        await expectCalls(scene, "Delhi", 3);
      },
    },
    {
      name: "It does not ask again when the error is permanent",
      task: 3,
      points: 1,
      async run(scene) {
        await scene.begin();
        await askAboutAtlantis(scene);
        await expectCalls(scene, "Atlantis", 1);
      },
    },
    {
      name: "It waits before it asks again, each time twice as long",
      task: 4,
      points: 1,
      async run(scene) {
        await scene.begin();
        await scene.ask("forecast", { city: "Lima" });
        const [first = 0, second = 0, third = 0] = await expectCalls(scene, "Lima", 3);
        const waits = [second - first, third - second].map(Math.round);
        // A timer may fire a moment early by its own reckoning.
        const hasWaited = second - first > 18 && third - second > 38;
        scene.expect(hasWaited, {
          did: "asked forecast about Lima, which is busy twice (waitMs is 20)",
          expected:
            "a wait of at least 20 ms before the second attempt, and of at least 40 ms before the third",
          happened: `waits of ${waits.join(" ms and ")} ms`,
        });
      },
    },
  ],
} satisfies Check;

function askAboutAtlantis(scene: Scene): Promise<void> {
  const expected = "the error of weather itself: RangeError, no such city: Atlantis";
  return scene.expectError("forecast", { city: "Atlantis" }, expected, error => error instanceof RangeError);
}

/** When weather was asked about a city. */
async function expectCalls(scene: Scene, city: string, times: number): Promise<number[]> {
  const calls = await scene.reply<number[]>("weather", { calls: city });
  scene.expect(calls.length === times, {
    did: `asked forecast about ${city}, and weather how often it had been asked`,
    expected: `${times} times`,
    happened: `${calls.length} times`,
  });
  return calls;
}
