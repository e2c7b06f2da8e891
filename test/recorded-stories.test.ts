/** The recorded stories of workloads, played on a whole cluster in virtual time: what a real Kubernetes came to, this one comes to. */
import { expect, it } from "vitest";
import { allRecorded, describeRecorded } from "../src/test-recordings.ts";
import { recordedOutcome } from "./recorded/outcome.ts";
import type { Story } from "./recorded/recording.ts";
import { played } from "./recorded/story.ts";

/** Of the stories of pods those that are the scheduler's; the others are a node's alone. */
const scheduling = ["pod-anti-affinity", "pod-preemption", "pod-unschedulable-then-fits"];

describeRecorded("a story ends as in Kubernetes", "stories", () => {
  const stories = allRecorded<Story>("stories").filter(
    ({ name }) => !name.startsWith("pod-") || scheduling.includes(name),
  );
  it.each(stories.map(story => [story.name, story] as const))("%s", { timeout: 30_000 }, async (_, story) => {
    expect(await played(story)).toEqual(recordedOutcome(story));
  });
});
