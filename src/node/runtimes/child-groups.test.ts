import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it, vi } from "vitest";
import { ChildGroups } from "./child-groups.ts";

vi.mock("node:child_process", { spy: true });

const sleep = () => spawn("sleep", ["1000"], { detached: true, stdio: "ignore" });

/** The shell knows of the end of a program by that of its stdin, which `close` brings about too. */
it.skipIf(process.platform === "win32")(
  "ends what is left when the program ends, and nothing else",
  async () => {
    const groups = new ChildGroups();
    const [left, forgotten] = [sleep(), sleep()];
    const exited = once(left, "exit");
    for (const { pid } of [left, forgotten]) groups.add(pid ?? 0);
    groups.delete(forgotten.pid ?? 0);
    await groups.close();
    expect(await exited).toEqual([null, "SIGKILL"]);
    expect(forgotten.exitCode ?? forgotten.signalCode).toBe(null);
    forgotten.kill();
    await once(forgotten, "exit");
  },
);

it("starts nothing where no thread has children", async () => {
  vi.mocked(spawn).mockClear();
  const groups = new ChildGroups();
  groups.delete(1);
  await groups.close();
  expect(spawn).not.toHaveBeenCalled();
});
