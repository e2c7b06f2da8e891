/** Commands beside a container, many and large: each has its own exit code and all of its output, and nothing of it is left. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { realClock, realRandom } from "../../outside/index.ts";
import type { Session } from "../streams/index.ts";
import { ProcessRuntime } from "./process.ts";
import type { RunningContainer } from "./runtime.ts";
import { alone, containerOf, removeCode } from "./test-containers.ts";
import { ThreadRuntime } from "./thread.ts";

afterAll(removeCode);

const options = { clock: realClock, random: realRandom };

describe.each([
  ["thread", () => new ThreadRuntime({ ...options, spares: 0 })],
  ["process", () => new ProcessRuntime(options)],
] as const)("commands in a %s", (_, make) => {
  const runtime = make();
  let container: RunningContainer;
  beforeAll(async () => {
    container = alone(runtime.start(containerOf({ memoryBytes: 64 * 1024 * 1024 })));
    await container.started;
  });
  afterAll(() => runtime.close());

  const sh = (script: string) => container.exec(["sh", "-c", script]);
  const ended = async (session: Session) => {
    let length = 0;
    for await (const { bytes } of session.output) length += bytes.length;
    return { length, exitCode: (await session.exited).exitCode };
  };
  /** What keeps this program going, and what the container itself counts. */
  const open = () => process.getActiveResourcesInfo().length;
  const openInside = async () => {
    const session = container.exec(["node", "-p", "process.getActiveResourcesInfo().length"]);
    let text = "";
    for await (const { bytes } of session.output) text += Buffer.from(bytes).toString();
    return Number(text);
  };

  it("a thousand in a row, and then no more is open than after the first ones", {
    timeout: 60_000,
  }, async () => {
    for (let n = 0; n < 10; n++) await ended(sh("echo x"));
    const [before, inside] = [open(), await openInside()];
    for (let n = 0; n < 1_000; n++)
      expect(await ended(sh(`echo hello; exit ${n % 256}`))).toEqual({ length: 6, exitCode: n % 256 });
    expect(open()).toBeLessThanOrEqual(before);
    expect(await openInside()).toBeLessThanOrEqual(inside);
  });

  it("twenty at once", async () => {
    const all = Array.from({ length: 20 }, (_, n) => ended(sh(`sleep 0.05; echo ${n}; exit ${n}`)));
    expect((await Promise.all(all)).map(({ exitCode }) => exitCode)).toEqual(all.map((_, n) => n));
  });

  it("ten megabytes in and out", { timeout: 60_000 }, async () => {
    const session = container.exec(["cat"]);
    const copied = ended(session);
    for (let n = 0; n < 160; n++) await session.write(Buffer.alloc(64 * 1024, n));
    session.end();
    expect(await copied).toEqual({ length: 160 * 64 * 1024, exitCode: 0 });
  });

  it("one that nobody reads is held back, and one that is broken off ends", { timeout: 60_000 }, async () => {
    const [before, inside] = [open(), await openInside()];
    for (let n = 0; n < 50; n++) {
      const session = sh("while true; do echo more and more; done");
      if (n % 2 === 0) for await (const _ of session.output) break;
      session.close();
      await session.exited;
    }
    expect(await ended(sh("exit 3"))).toEqual({ length: 0, exitCode: 3 });
    expect(open()).toBeLessThanOrEqual(before);
    await expect.poll(openInside).toBeLessThanOrEqual(inside);
  });
});
