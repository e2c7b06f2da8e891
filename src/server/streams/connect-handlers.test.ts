/** Whatever a kind says is connected to can be spoken over HTTP. */
import { expect, test } from "vitest";
import { builtInKinds } from "../../resources/index.ts";
import { connectHandlers } from "./connect-handlers.ts";

test("each subresource that connects has a handler", () => {
  const handlers = connectHandlers({ api: {} as never, clock: {} as never, onFault: () => {} });
  const connecting = builtInKinds.flatMap(({ kind, subresources }) =>
    subresources.filter(({ connect }) => connect).map(({ name }) => ({ at: `${kind}/${name}`, name })),
  );
  expect(connecting.map(({ at }) => at)).toContain("Pod/exec");
  expect(connecting.filter(({ name }) => !handlers.has(name))).toEqual([]);
});

test("a log is read, and nothing else", async () => {
  const log = connectHandlers({ api: {} as never, clock: {} as never, onFault: () => {} }).get("log");
  const answer = log?.answer({} as never, { method: "POST" } as never, {} as never);
  await expect(answer).rejects.toThrow("does not allow this method");
});
