/**
 * What a real Kubernetes 1.35.2 answered (../shared/kubernetes-1.35/admission, one request and its answer a file), asked of a
 * cluster that serves: status, reason, causes, warnings and the body must be the same. Skipped where the recordings are not there.
 */
import { expect, test } from "vitest";
import { allRecorded, describeRecorded } from "../src/test-recordings.ts";
import { differences, type RecordedCase } from "./recorded/replay.ts";

describeRecorded("answers as Kubernetes does", "admission", () => {
  const cases = allRecorded<RecordedCase>("admission");
  test.concurrent.each(cases.map(each => [each.name, each] as const))("%s", async (_, recorded) => {
    expect(await differences(recorded)).toEqual([]);
  });
});
