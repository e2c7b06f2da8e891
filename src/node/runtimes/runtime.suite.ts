/**
 * What every runtime must do, in words of the port (runtime.ts). Each driver's test runs it; what a driver cannot do, for
 * it pretends, is named there with its reason.
 */
import { afterAll, describe, expect, it } from "vitest";
import { testCode } from "./code.suite.ts";
import { testExec } from "./exec.suite.ts";
import { testOutput } from "./output.suite.ts";
import type { ContainerStart, Runtime } from "./runtime.ts";
import { alone, codeOf, containerOf, told, turns, untilStopped } from "./test-containers.ts";

/** What the suite asks for: behaviour, which a driver brings about by code or by annotations. */
type Behaviour = "runs until stopped" | "ends with 3" | "has nothing to run" | "ignores stop" | "spins";

interface SuiteOptions {
  readonly make: () => Runtime;
  /** Lets time pass for a driver in virtual time. */
  readonly pass: (ms: number) => Promise<void>;
  /** True where code is really run: output, environment, errors. */
  readonly runsCode: boolean;
}

const sources: Record<Behaviour, string> = {
  "runs until stopped": untilStopped,
  "ends with 3": "exports.default = async () => { process.exit(3); }",
  "has nothing to run": "exports.other = () => {};",
  "ignores stop": "exports.default = () => new Promise(() => setInterval(() => {}, 1000));",
  spins: "exports.default = async () => { for (;;); }",
};

const annotations: Record<Behaviour, Record<string, string>> = {
  "runs until stopped": {},
  "ends with 3": { "k4s.dev/hollow-exit-after": "10ms:3" },
  "has nothing to run": { "k4s.dev/hollow-start-failure": "there is nothing to run" },
  "ignores stop": { "k4s.dev/hollow-stop-after": "never" },
  spins: { "k4s.dev/hollow-unresponsive-after": "0s", "k4s.dev/hollow-stop-after": "never" },
};

export function testRuntime(name: string, { make, pass, runsCode }: SuiteOptions): void {
  describe(`runtime ${name}`, () => {
    const runtime = make();
    afterAll(() => runtime.close());
    const start = (behaviour: Behaviour, change: Partial<ContainerStart> = {}) =>
      alone(
        runtime.start(
          containerOf({ code: codeOf(sources[behaviour]), annotations: annotations[behaviour], ...change }),
        ),
      );

    it("runs a container until it is stopped", async () => {
      const running = start("runs until stopped");
      await running.started;
      expect(await turns(running)).toBe(true);
      running.stop(10_000);
      expect(await running.exited).toEqual({ exitCode: 0, reason: "Completed" });
      expect(await turns(running)).toBe(false);
    });

    it("reports the exit code of one that ends by itself", async () => {
      const running = start("ends with 3");
      await running.started;
      await pass(10);
      expect(await running.exited).toMatchObject({ exitCode: 3, reason: "Error" });
    });

    it("says that there is nothing to run before it says that it has ended", async () => {
      const running = start("has nothing to run");
      await expect(running.started).rejects.toMatchObject({ reason: "RunContainerError" });
      expect(await running.exited).toMatchObject({ exitCode: 128 });
    });

    it("kills one that ignores stop", async () => {
      const running = start("ignores stop");
      await running.started;
      running.stop(1_000);
      running.kill();
      running.kill();
      expect(await running.exited).toEqual({ exitCode: 137, reason: "Error" });
    });

    it("sees that one spins, and kills it", async () => {
      const running = start("spins");
      await running.started;
      const answer = turns(running);
      await pass(100);
      running.kill();
      expect(await answer).toBe(false);
      expect((await running.exited).exitCode).toBe(137);
    });

    it("may be stopped or killed before it has started", async () => {
      for (const end of ["stop", "kill"] as const) {
        const running = start("runs until stopped");
        if (end === "stop") running.stop(1_000);
        else running.kill();
        await running.started.catch(() => {});
        expect([0, 137]).toContain((await running.exited).exitCode);
      }
    });

    it("gives each container an id of its own", () => {
      const [one, two] = [0, 1].map(restarts =>
        start("runs until stopped", { self: { ...containerOf().self, restarts } }),
      );
      expect(one?.id).not.toBe(two?.id);
      expect(one?.id).toMatch(new RegExp(`^${runtime.name}://`));
      one?.kill();
      two?.kill();
    });

    it("runs a command beside a container, and says what it does not know", async () => {
      const running = start("runs until stopped");
      await running.started;
      expect(await told(running.exec(["event-loop"]))).toEqual({ exitCode: 0, stdout: "", stderr: "" });
      const unknown = await told(running.exec(["no-such-program"]));
      expect(unknown.exitCode).toBeGreaterThan(0);
      expect(unknown.message).toContain('"no-such-program"');
      running.kill();
      await running.exited;
      expect(await told(running.exec(["event-loop"]))).toMatchObject({ exitCode: 137 });
    });

    it("ends a command with its container, and when nobody is interested any more", async () => {
      const running = start("spins");
      await running.started;
      const [left, kept] = [running.exec(["event-loop"]), running.exec(["event-loop"])];
      left.close();
      left.close();
      expect((await left.exited).exitCode).toBe(137);
      running.kill();
      expect((await kept.exited).exitCode).toBe(137);
      expect((await told(kept)).stdout).toBe("");
    });

    if (runsCode) {
      testExec(make);
      testOutput(make);
      testCode(make);
    }
  });
}
