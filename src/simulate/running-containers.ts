/**
 * Which containers run, whatever anybody has written about them: a runtime that counts them stands between the nodes and the hollow
 * runtime. It is how the play knows that a pod runs twice.
 */
import type { Runtime } from "../node/index.ts";

type Start = Parameters<Runtime["start"]>[0];
type Running = ReturnType<Runtime["start"]>;

/** The process that a runtime is part of: what it ran is gone when it has ended. */
interface Host {
  readonly hasEnded: boolean;
}

export interface RunningPlace {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly node: string;
}

export class RunningContainers {
  readonly #running = new Map<Running, RunningPlace & { readonly host: Host }>();
  readonly #started: (place: RunningPlace, others: readonly RunningPlace[]) => void;

  /** @param started called with each that starts, and with those of its name that run already */
  constructor(started: (place: RunningPlace, others: readonly RunningPlace[]) => void) {
    this.#started = started;
  }

  all(): RunningPlace[] {
    return [...this.#running.values()].filter(({ host }) => !host.hasEnded);
  }

  /** The runtime of a process, which is counted from now on. */
  counted(runtime: Runtime, host: Host): Runtime {
    for (const [running, place] of this.#running) if (place.host.hasEnded) this.#running.delete(running);
    return {
      name: runtime.name,
      runsImages: runtime.runsImages,
      quiet: runtime.quiet,
      copies: runtime.copies,
      warmUp: () => runtime.warmUp(),
      close: () => runtime.close(),
      start: start => this.#start(runtime, host, start),
    };
  }

  #start(runtime: Runtime, host: Host, start: Start): Running {
    const { namespace, pod, container, node } = start.self;
    const place = { namespace, pod, container, node, host };
    const isSame = (other: RunningPlace & { readonly host: Host }) =>
      other.namespace === namespace && other.pod === pod && other.container === container;
    const others = [...this.#running.values()].filter(other => !other.host.hasEnded && isSame(other));
    const running = runtime.start(start);
    if (host.hasEnded) return running;
    this.#running.set(running, place);
    void running.exited.then(() => this.#running.delete(running));
    this.#started(place, others);
    return running;
  }
}
