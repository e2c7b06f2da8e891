/**
 * After `stop` nothing of a cluster is left, whatever its containers were at: no thread, no port, no timer that would keep
 * the program from ending. This stands in a file of its own, for it counts what there is in the whole thread.
 */
import { expect, it } from "vitest";
import { echo, scene } from "./scene.ts";

it("leaves nothing behind when it stops, whatever its containers are at", async () => {
  const held = () =>
    process.getActiveResourcesInfo().filter(name => /MessagePort|Worker|Process|TCP|UDP/.test(name));
  const before = held();
  const other = await scene({
    "echo.js": echo,
    "slow-start.js": "await new Promise(resolve => setTimeout(resolve, 600_000));\nexport default () => {};",
    "crash.js": "export default () => process.exit(1);",
  });
  await other.run("echo", { module: "echo" });
  await other.api.request("echo", 1);
  await other.run("child", { module: "echo", runtimeClassName: "process" });
  await other.declare("slow", { module: "slow-start" });
  await other.declare("crash", { module: "crash" });
  await other.podWhose("crash", ({ restarts }) => restarts > 0);
  await other[Symbol.asyncDispose]();
  expect(held()).toEqual(before);
  expect(other.faults).toEqual([]);
});
