/**
 * What a real Kubernetes 1.35.2 answered (../shared/kubernetes-1.35/admission, one request and its answer a file), asked of a
 * cluster that serves: status, reason, causes, warnings and the body must be the same. Skipped where the recordings are not there.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { differences, type RecordedCase } from "./recorded/replay.ts";

const folder = fileURLToPath(new URL("../../shared/kubernetes-1.35/admission/", import.meta.url));

const cases = (existsSync(folder) ? readdirSync(folder) : []).map(
  file => JSON.parse(readFileSync(join(folder, file), "utf8")) as RecordedCase,
);

describe.runIf(cases.length > 0)("answers as Kubernetes does", () => {
  test.concurrent.each(cases.map(each => [each.name, each] as const))("%s", async (_, recorded) => {
    expect(await differences(recorded)).toEqual([]);
  });
});
