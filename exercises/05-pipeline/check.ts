import type { Check } from "../classroom/check.ts";
import { showError } from "../classroom/show.ts";

export default {
  scenarios: [
    {
      name: "A question goes through all steps, and the answer comes back",
      task: 1,
      points: 2,
      async run(scene) {
        await scene.begin();
        await scene.expectReply("tidy", "  To be, or NOT to be ", { to: 2, be: 2, or: 1, not: 1 });
      },
    },
    {
      name: "The order is the manifest's: without the step in the middle it goes from first to last",
      task: 1,
      points: 1,
      async run(scene) {
        await scene.begin(`
kind: Container
metadata: { name: first }
spec: { module: 05-pipeline, function: tidy, parameters: { next: last } }
---
kind: Container
metadata: { name: last }
spec: { module: 05-pipeline, function: words }`);
        await scene.expectReply("first", " All in Order ", ["all", "in", "order"]);
      },
    },
    {
      name: "An error of a later step reaches the one who asked, and every step goes on",
      task: 2,
      points: 2,
      async run(scene) {
        await scene.begin(`
kind: Container
metadata: { name: tidy }
spec: { module: 05-pipeline, function: tidy, parameters: { next: forecast } }
---
kind: Container
metadata: { name: forecast }
spec: { module: 05-pipeline, function: tidy, parameters: { next: nowhere } }`);
        const outcome = await scene.ask("tidy", "hello");
        const reason = "error" in outcome ? (outcome.error as { reason?: unknown }).reason : undefined;
        scene.expect(reason === "NoSuchTarget", {
          did: 'asked tidy; its next step passes on to "nowhere", which does not exist',
          expected: "the error that the next step got (NoSuchTarget)",
          happened:
            "error" in outcome ? showError(outcome.error) : `the reply ${JSON.stringify(outcome.reply)}`,
        });
        await scene.expectNoRestart("tidy", "let the step after it fail");
        await scene.expectNoRestart("forecast", "let the step after it fail");
      },
    },
    {
      name: "What was sent, and not asked, is passed on as a send",
      task: 3,
      points: 1,
      async run(scene) {
        await scene.begin(`
kind: Container
metadata: { name: first }
spec: { module: 05-pipeline, function: tidy, parameters: { next: ledger } }
---
kind: Container
metadata: { name: ledger } # writes down what is sent, and answers what is asked
spec: { module: ledger }`);
        await scene.send("first", "  ONE ");
        await scene.send("first", "  TWO ");
        await scene.until(
          () => scene.reply<unknown[]>("ledger", "read"),
          entries => entries.join(" ") === "one two",
          {
            did: 'sent "  ONE " and "  TWO " to a step whose next is the ledger',
            expected: "the ledger to get one, two",
          },
          entries => `it got ${entries.length === 0 ? "nothing that was sent" : entries.join(", ")}`,
        );
      },
    },
  ],
} satisfies Check;
