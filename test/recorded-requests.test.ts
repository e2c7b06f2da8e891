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

/**
 * Cases whose answer is another one, by the reason. One that comes to match fails here until its name is taken out, so the list
 * can only become shorter.
 */
const others: Readonly<Record<string, string>> = {
  "disruption budgets: their controller": "eviction-budget-exhausted",
};
const reasons = new Map(
  Object.entries(others).flatMap(([reason, names]) =>
    names
      .trim()
      .split(/\s+/)
      .map(name => [name, reason]),
  ),
);

const cases = (existsSync(folder) ? readdirSync(folder) : []).map(
  file => JSON.parse(readFileSync(join(folder, file), "utf8")) as RecordedCase,
);

describe.runIf(cases.length > 0)("answers as Kubernetes does", () => {
  test.concurrent.each(cases.map(each => [each.name, each] as const))("%s", async (name, recorded) => {
    const found = await differences(recorded);
    const reason = reasons.get(name);
    if (reason === undefined) expect(found).toEqual([]);
    else expect(found, `${name} matches: take it out of the list (${reason})`).not.toEqual([]);
  });

  test("the list names cases that there are", () => {
    const names = cases.map(({ name }) => name);
    expect([...reasons.keys()].filter(name => !names.includes(name))).toEqual([]);
  });
});
