/**
 * One container's run, inside its thread or child process: load the code, call the function with its context (or let the
 * script run), report what happens, and end with the exit code. How the thread really ends, and how a script is let end by
 * itself, differ between a thread and a process: the RunHost says.
 *
 * Whatever a worker may do to the globals must not keep the run from ending: what is needed later is taken here, before
 * any foreign code is loaded.
 */
import { accessSync, constants } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { Peer, type Port } from "../messages/index.ts";
import { namedRandom, onAbort, type Random, realClock, realRandom } from "../outside/index.ts";
import { chooseFunction } from "./choose-function.ts";
import { makeContext } from "./context.ts";
import { type Commands, ExecSession, type ExecWorld, interpret } from "./exec/index.ts";
import type { Places } from "./files/index.ts";
import { giveInput } from "./input.ts";
import { load } from "./load.ts";
import { runMain } from "./main-command.ts";
import { ReportedMetrics } from "./metrics.ts";
import {
  type Assignment,
  type MainCommand,
  type Order,
  ownCommands,
  placeOf,
  type Report,
} from "./protocol.ts";
import { networkOptions, type PodNetwork, type PodNetworkOptions } from "./sockets/index.ts";
import { errorText } from "./uncaught-text.ts";

/** The thread or process that the container runs in. */
export interface RunHost {
  /** Orders come from here, and reports go here. */
  readonly port: Port;
  /** It is a thread of the process that the cluster is in. */
  readonly isClusters: boolean;
  /** Ends the thread or process; without a code, with the one that process.exitCode says, or 0. */
  exit(code?: number): void;
  /**
   * Sets the environment of this container. From now on it calls `uncaught` with each uncaught error, which
   * returns its text, and `ending` when the thread or process ends, however it does.
   */
  prepare(assignment: Assignment, uncaught: (error: unknown) => string, ending: () => void): void;
  /** Lets the container's sockets lead to other pods, from now on. */
  lead(network: PodNetworkOptions): PodNetwork;
  /** What the container uses: processor time in milliseconds, memory in bytes. */
  usage(): { readonly cpuMs: number; readonly memoryBytes: number };
  /**
   * Whether we hold the thread alive. Not while a module is loaded, nor while a script runs: it ends when it has nothing left to
   * do.
   */
  hold(isHeld: boolean): void;
}

export class Run {
  readonly #host: RunHost;
  readonly #stopping = new AbortController();
  readonly #graceEnd = new AbortController();
  readonly #metrics = new ReportedMetrics(
    text => process.stderr.write(`warn: ${text}\n`),
    () => this.#newMetric(),
  );
  /** True while what the node is to be told of new metrics is on its way. */
  #tellsSoon = false;
  #assignment: Assignment | undefined;
  #peer: Peer | undefined;
  /** The cluster as its sockets see it. */
  #network: PodNetwork | undefined;
  /** Where the container's paths lead, once its mounts are used. */
  #places: Places | undefined;
  /** True while a script runs: it is asked to stop by the signal that programs expect. */
  #script = false;

  constructor(host: RunHost) {
    this.#host = host;
  }

  /** Takes orders from now on. */
  listen(): void {
    this.#host.port.on("message", order => this.#take(order as Order));
  }

  #take(order: Order): void {
    switch (order.type) {
      case "start":
        if (order.input) giveInput(order.input);
        void this.#start(order.assignment, order.control, order.input !== undefined);
        return;
      case "stop":
        this.#stop(order.graceMs);
        return;
      case "exec":
        void this.#exec(order);
        return;
      case "usage":
        this.#tellUsage();
    }
  }

  async #start(assignment: Assignment, control: Port | undefined, hasInput: boolean): Promise<void> {
    this.#assignment = assignment;
    const { code, functionName, main, args, execArgv } = assignment;
    process.argv = [process.execPath, code.named ?? code.filename, ...args];
    // Not those that we have started Node with, for the limit of its heap.
    process.execArgv = [...execArgv];
    this.#host.prepare(
      assignment,
      error => this.#reportError(error),
      // What was answered by then is posted.
      () => this.#peer?.close(),
    );
    try {
      // What is made when it is asked for is of use to commands.
      const { mounts, workingDir } = assignment;
      if (main || workingDir !== undefined || mounts.some(({ made }) => made === undefined))
        await this.#mount(assignment, main?.file);
      const random = randomOf(assignment);
      if (control) this.#peer = new Peer({ control, clock: realClock, random });
      this.#network = this.#host.lead(this.#networkOf(assignment, random));
      if (main) return await this.#runMain(main, assignment, hasInput);
      // A script's run is its loading: it has started before, and may never be done with it.
      const isScript = code.script && functionName === undefined;
      this.#hold(false);
      const exports = await load(code, () => isScript && this.#becomeScript());
      if (isScript) return;
      const choice = chooseFunction(exports, functionName, code.filename);
      if ("problem" in choice) return this.#unstartable(choice.problem);
      if ("script" in choice) return this.#becomeScript();
      this.#hold(true);
      this.#report({ type: "started" });
      await choice.run(this.#contextFor(assignment));
      if (this.#stopping.signal.aborted) await this.#answersGiven();
      this.#host.exit();
    } catch (error) {
      this.#fail(error);
    }
  }

  async #runMain(main: MainCommand, assignment: Assignment, hasInput: boolean): Promise<void> {
    this.#hold(true);
    const end = await runMain(main, this.#worldOf(assignment), hasInput, () => this.#becomeScript());
    if ("problem" in end) return this.#unstartable(end.problem);
    this.#host.exit(end.exitCode);
  }

  #unstartable(message: string): void {
    this.#report({ type: "unstartable", message });
    this.#host.exit(128);
  }

  #hold(isHeld: boolean): void {
    this.#peer?.hold(isHeld);
    this.#host.hold(isHeld);
  }

  #becomeScript(): void {
    this.#script = true;
    this.#report({ type: "started" });
    // It was told before it had begun, when there was nothing yet to tell: it is told once it runs.
    if (this.#stopping.signal.aborted) realClock.after(0, () => this.#signal());
    void this.#refuseMessages();
  }

  /** What the worker has read and handles beside its loop may still be answered, until the grace period is over. */
  #answersGiven(): Promise<void> {
    const { signal } = this.#graceEnd;
    if (signal.aborted) return Promise.resolve();
    const over = new Promise<void>(resolve => onAbort(signal, resolve));
    return Promise.race([this.#peer?.answered(), over]);
  }

  /** A script reads no messages: a request to it fails at once, with the reason. */
  async #refuseMessages(): Promise<void> {
    if (!this.#peer) return;
    for await (const message of this.#peer.inbox) {
      message.fail(new Error("this container runs a script, which takes no messages"));
    }
  }

  #contextFor(assignment: Assignment) {
    const peer = this.#peer;
    if (!peer) throw new Error("a worker function cannot run without a connection to the cluster");
    return makeContext({
      assignment,
      peer,
      metrics: this.#metrics,
      stopping: this.#stopping.signal,
      signal: this.#graceEnd.signal,
    });
  }

  /** So that the node knows which metrics there are; once for all that are new. */
  #newMetric(): void {
    if (this.#tellsSoon) return;
    this.#tellsSoon = true;
    soon(() => {
      this.#tellsSoon = false;
      this.#tellUsage();
    });
  }

  #tellUsage(): void {
    this.#report({ type: "usage", ...this.#host.usage(), series: this.#metrics.series() });
  }

  async #exec({ command, options, commands, io }: Order & { readonly type: "exec" }): Promise<void> {
    const session = new ExecSession(io, options);
    session.listen();
    // Orders come after the one to start.
    if (!this.#assignment) return session.exit(126);
    if (!ownCommands.has(command[0] ?? "")) await this.#mount(this.#assignment, commands);
    return interpret(command, session, { ...this.#worldOf(this.#assignment), commands });
  }

  /** @param commands the file with the commands, which knows what images have in their files */
  async #mount(assignment: Assignment, commands = ""): Promise<void> {
    const { isUnder, useMounts } = await import("./files/index.ts");
    const { mounts, sockets, code } = assignment;
    const hasRoot = mounts.some(({ path }) => path === "/");
    const cwd = cwdOf(assignment) ?? "/";
    // The image, where a folder above it is mounted over: at /tmp, say.
    const image = dirname(code.filename);
    const isBelow = !hasRoot && mounts.some(({ path }) => path !== image && isUnder(path, image));
    this.#places ??= useMounts({
      mounts,
      packages: createRequire(__filename).resolve.paths("k4s") ?? [],
      kept: [sockets.prefix.replace(/[/\\]$/, ""), __dirname, ...(isBelow ? [image] : [])],
      sockets: sockets.prefix,
      cwd: hasRoot ? cwd : cwdOf(assignment),
      imageFiles: () =>
        code.config
          ? (createRequire(__filename)(commands) as Commands).imageFiles(code.config, cwd, mounts)
          : {},
    });
  }

  #networkOf(assignment: Assignment, random: Random): PodNetworkOptions {
    const { isClusters } = this.#host;
    return networkOptions(placeOf(assignment), this.#peer, random, { isClusters, isInner: false });
  }

  #worldOf(assignment: Assignment): ExecWorld {
    const { self, code, sockets, mounts, user } = assignment;
    const me = `pod/${self.namespace}/${self.pod}/${self.container}`;
    const peer = () => {
      if (!this.#peer) throw new Error("the container has no connection to the cluster");
      return this.#peer;
    };
    return {
      commands: "",
      filename: code.filename,
      sockets,
      workingDir: cwdOf(assignment),
      image: code.config,
      mounts,
      user,
      placeOf: path => this.#places?.find(path).place ?? path,
      isOnMachine: isExecutable,
      request: async (body, signal) => peer().api.request(me, body, { signal }),
      lookUp: async host => this.#network?.find(host),
      send: async body => peer().api.send(me, body),
    };
  }

  #stop(graceMs: number): void {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort(new Error("the container was told to stop"));
    if (this.#network) this.#network.isStopping = true;
    this.#peer?.drain();
    // A little early, so that there is time to hear of it: at the end of the grace period the thread is killed.
    realClock.after(Math.max(0, graceMs - Math.min(100, graceMs / 10)), () =>
      this.#graceEnd.abort(new Error("the grace period is over")),
    );
    this.#signal();
  }

  #signal(): void {
    if (process.listenerCount("SIGTERM") > 0) process.emit("SIGTERM", "SIGTERM");
    else if (this.#script) this.#host.exit(143);
  }

  #fail(error: unknown): void {
    const text = this.#reportError(error);
    try {
      process.stderr.write(`${text}\n`);
    } catch {
      // The worker has replaced what this takes: the error is in the status all the same.
    }
    this.#host.exit(1);
  }

  /** Returns its text. */
  #reportError(error: unknown): string {
    const text = errorText(error);
    this.#report({ type: "error", message: text.slice(0, reportedLength) });
    return text;
  }

  #report(report: Report): void {
    this.#host.port.postMessage(report);
  }
}

/** By the pod's uid: what its balancing chooses repeats itself in a cluster whose own chance, and with it the uids, does. */
function randomOf({ sockets: { uid }, self }: Assignment): Random {
  return uid === undefined ? realRandom : namedRandom(`${uid}/${self.container}/${self.restarts}`);
}

// The worker may replace it.
const soon = setImmediate;

/** In characters: more than a status shows. */
const reportedLength = 16 * 1024;

/** Where its commands begin; undefined where nothing is said of it. */
function cwdOf({ workingDir, code }: Assignment): string | undefined {
  return workingDir ?? code.config?.workingDir;
}

// As it is now: the function of its name becomes the container's (files/mounts.ts).
const access = accessSync;

function isExecutable(file: string): boolean {
  try {
    access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
