/**
 * Probes: is the container up (startup), alive (liveness), ready for messages (readiness)? The fields and their defaults
 * are Kubernetes'. A probe is one of
 *
 *     exec: { command: [event-loop] }           does its event loop turn
 *     exec: { command: [request, '{"a":1}'] }   does it answer a message in its inbox
 *     httpGet, tcpSocket, grpc                  does it answer on a port, over loopback
 *
 * A thread that spins for ever answers none of them in time. This file decides when a probe runs and what follows from its
 * results; handler.ts runs it.
 */
import type { Clock, Timer } from "../../outside/index.ts";
import type { PodContainer, Probe } from "../../resources/index.ts";
import type { HandlerResult } from "./handler-target.ts";

export type ProbeKind = "Startup" | "Liveness" | "Readiness";

/** How many answers of a kind there were in a row, and what has been concluded. */
interface Tally {
  readonly ok: boolean;
  readonly inARow: number;
  /** Undefined until enough answers were alike. */
  readonly verdict: boolean | undefined;
}

const noAnswers: Tally = { ok: true, inARow: 0, verdict: undefined };

function tallied(tally: Tally, ok: boolean, { successThreshold = 1, failureThreshold = 3 }: Probe): Tally {
  const inARow = tally.ok === ok ? tally.inARow + 1 : 1;
  const enough = inARow >= (ok ? successThreshold : failureThreshold);
  return { ok, inARow, verdict: enough ? ok : tally.verdict };
}

/** What probes are told and tell; one for all the probes of an instance. */
export interface Probing {
  readonly clock: Clock;
  /** Asks once, and answers within the probe's timeout. */
  ask(probe: Probe): Promise<HandlerResult>;
  /** A single failure, to be told. */
  failed(kind: ProbeKind, problem: string): void;
  /** It could not be asked. No conclusion follows. */
  unasked(kind: ProbeKind, problem: string): void;
  /** It succeeded, but there is something to be told. */
  warned(kind: ProbeKind, warning: string): void;
  /** The verdict is there, or has changed. */
  concluded(kind: ProbeKind, verdict: boolean): void;
}

type Probed = Pick<PodContainer, "startupProbe" | "livenessProbe" | "readinessProbe">;

/** The probes of one running instance: the startup probe alone at first, the others once it has succeeded. */
export class Probes {
  readonly #spec: Probed;
  readonly #probing: Probing;
  #probers: readonly Prober[] = [];

  constructor(spec: Probed, probing: Probing) {
    this.#spec = spec;
    this.#probing = probing;
  }

  start(): void {
    const { startupProbe } = this.#spec;
    this.#run(startupProbe ? [new Prober("Startup", startupProbe, this.#waitingForStart())] : this.#others());
  }

  stop(): void {
    for (const prober of this.#probers) prober.stop();
  }

  #waitingForStart(): Probing {
    const concluded = (kind: ProbeKind, verdict: boolean) => {
      this.#probing.concluded(kind, verdict);
      if (!verdict) return;
      this.stop();
      this.#run(this.#others());
    };
    return { ...this.#probing, concluded };
  }

  #run(probers: readonly Prober[]): void {
    this.#probers = probers;
    for (const prober of probers) prober.start();
  }

  #others(): readonly Prober[] {
    const { livenessProbe, readinessProbe } = this.#spec;
    return [
      ...(readinessProbe ? [new Prober("Readiness", readinessProbe, this.#probing)] : []),
      ...(livenessProbe ? [new Prober("Liveness", livenessProbe, this.#probing)] : []),
    ];
  }
}

/**
 * A kubelet takes about a second until it asks for the first time, and by then most programs listen. Here it is asked at once:
 * what does not answer within this time of its start is not told of yet, and asked again soon.
 */
const startingMs = 1_000;
const soonSeconds = 0.1;

/** Asks one probe, again and again, until it is stopped. */
class Prober {
  readonly #kind: ProbeKind;
  readonly #probe: Probe;
  readonly #probing: Probing;
  #tally = noAnswers;
  #timer: Timer | undefined;
  #startedAt = 0;
  #isStopped = false;

  constructor(kind: ProbeKind, probe: Probe, probing: Probing) {
    this.#kind = kind;
    this.#probe = probe;
    this.#probing = probing;
  }

  start(): void {
    this.#startedAt = this.#probing.clock.elapsed();
    const { initialDelaySeconds = 0 } = this.#probe;
    if (initialDelaySeconds > 0) this.#askIn(initialDelaySeconds);
    else void this.#ask();
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  async #ask(): Promise<void> {
    const answer = await this.#probing.ask(this.#probe);
    if (this.#isStopped) return;
    if (!answer.ok && answer.isUnknown) {
      this.#probing.unasked(this.#kind, answer.problem);
      return this.#askIn(this.#probe.periodSeconds ?? 10);
    }
    if (!answer.ok && this.#isStarting()) return this.#askIn(soonSeconds);
    if (answer.ok && answer.warning !== undefined) this.#probing.warned(this.#kind, answer.warning);
    const before = this.#tally.verdict;
    this.#tally = tallied(this.#tally, answer.ok, this.#probe);
    if (!answer.ok) this.#probing.failed(this.#kind, answer.problem);
    const { verdict } = this.#tally;
    if (verdict !== undefined && verdict !== before) this.#probing.concluded(this.#kind, verdict);
    // The conclusion may have stopped this prober.
    if (!this.#isStopped) this.#askIn(this.#probe.periodSeconds ?? 10);
  }

  #isStarting(): boolean {
    const { httpGet, tcpSocket, grpc } = this.#probe;
    const isOverNetwork = (httpGet ?? tcpSocket ?? grpc) !== undefined;
    return isOverNetwork && this.#probing.clock.elapsed() - this.#startedAt < startingMs;
  }

  #askIn(seconds: number): void {
    this.#timer = this.#probing.clock.after(seconds * 1_000, () => void this.#ask());
  }
}
