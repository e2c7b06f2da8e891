/**
 * One process of a trial: a `k4s up`, a `k4s node`, an etcd member, a nats-server. What it says is kept in a file of the trial's folder, so that a
 * failure can be read afterwards. Whatever way the trial ends, no process of it is left.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface ProgramOptions {
  /** Where its log lies. */
  readonly folder: string;
  /** What its log is called. */
  readonly name: string;
  /** What it says when it is ready; ready at once where left out. */
  readonly ready?: RegExp;
  /** What is run before it, such as `ip netns exec NAME`. */
  readonly within?: readonly string[];
}

/** No start takes so long, however little of the processors it gets. */
const patienceMs = 600_000;

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));

export class Program {
  readonly #child: ChildProcess;
  readonly #log: string;
  readonly #ended: Promise<unknown>;
  /** Resolves when it says that it is ready. Rejects with the end of its log where it ends before, or does not say so in ten. */
  readonly ready: Promise<this>;

  constructor(
    command: string,
    args: readonly string[],
    { folder, name, ready, within = [] }: ProgramOptions,
  ) {
    this.#log = join(folder, `${name}.log`);
    const [first = command, ...rest] = [...within, command, ...args];
    const child = spawn(first, rest, { stdio: ["ignore", "pipe", "pipe"], cwd: folder });
    this.#child = child;
    running.add(child);
    this.#ended = once(child, "exit").then(
      () => running.delete(child),
      () => running.delete(child),
    );
    this.ready = this.#said(ready);
    // Who kills it while it starts does not wait for that.
    this.ready.catch(() => {});
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    this.#child.kill(signal);
  }

  /** Resolves when it is gone. */
  async kill(signal: "SIGKILL" | "SIGTERM" = "SIGKILL"): Promise<void> {
    if (this.hasEnded) return;
    this.#child.kill(signal);
    await this.#ended;
  }

  #said(ready: RegExp | undefined): Promise<this> {
    return new Promise((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`${this.#log}: ${why}\n${this.#end()}`));
      const late = setTimeout(() => fail("not ready within ten minutes"), patienceMs);
      let text = "";
      const take = (piece: Buffer) => {
        appendFileSync(this.#log, piece);
        if (!ready) return;
        text += piece.toString();
        if (ready.test(text)) done();
        text = text.slice(text.lastIndexOf("\n") + 1);
      };
      const done = () => {
        clearTimeout(late);
        resolve(this);
      };
      this.#child.stdout?.on("data", take);
      this.#child.stderr?.on("data", take);
      this.#child.once("error", error => fail(error.message));
      void this.#ended.then(() => {
        clearTimeout(late);
        fail("it has ended");
      });
      if (!ready) done();
    });
  }

  #end(): string {
    try {
      return readFileSync(this.#log, "utf8").split("\n").slice(-20).join("\n");
    } catch {
      return "it has said nothing";
    }
  }
}
