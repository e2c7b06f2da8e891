/**
 * Probes: is the container up (startup), alive (liveness), ready for messages (readiness)? The fields and their defaults
 * are Kubernetes'. What is asked is one of
 *
 *     exec: { command: [event-loop] }           does its event loop turn
 *     exec: { command: [request, '{"a":1}'] }   does it answer a message (its inbox, like anybody's)
 *     httpGet, tcpSocket                        does it answer on a port, over loopback
 *
 * A thread that spins for ever answers none of them in time. Here is what follows from the answers, and when the next one is
 * asked for; probe-handlers.ts asks.
 */
import type { Clock, Timer } from "../outside/index.ts";
import type { Probe } from "../resources/index.ts";

export type ProbeKind = "Startup" | "Liveness" | "Readiness";

/** What came of asking once; a failure says what was wrong. */
export type ProbeAnswer = { readonly ok: true } | { readonly ok: false; readonly problem: string };

/** How many answers of a kind there were in a row, and what has been concluded. */
export interface Tally {
  readonly ok: boolean;
  readonly inARow: number;
  /** Undefined until enough answers were alike. */
  readonly verdict: boolean | undefined;
}

export const noAnswers: Tally = { ok: true, inARow: 0, verdict: undefined };

export function tallied(
  tally: Tally,
  ok: boolean,
  { successThreshold = 1, failureThreshold = 3 }: Probe,
): Tally {
  const inARow = tally.ok === ok ? tally.inARow + 1 : 1;
  const enough = inARow >= (ok ? successThreshold : failureThreshold);
  return { ok, inARow, verdict: enough ? ok : tally.verdict };
}

export interface Probing {
  readonly kind: ProbeKind;
  readonly probe: Probe;
  readonly clock: Clock;
  /** Asks once; must answer within the timeout. */
  ask(probe: Probe): Promise<ProbeAnswer>;
  /** A single failure, to be told. */
  failed(kind: ProbeKind, problem: string): void;
  /** The verdict is there, or has changed. */
  concluded(kind: ProbeKind, verdict: boolean): void;
}

/** Asks one probe of one running container, again and again, until it is stopped. */
export class Prober {
  readonly #probing: Probing;
  #tally = noAnswers;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(probing: Probing) {
    this.#probing = probing;
    const { initialDelaySeconds = 0 } = probing.probe;
    if (initialDelaySeconds > 0) this.#askIn(initialDelaySeconds);
    else void this.#ask();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  async #ask(): Promise<void> {
    const { kind, probe, ask, failed, concluded } = this.#probing;
    const answer = await ask(probe).catch(
      (error: unknown): ProbeAnswer => ({ ok: false, problem: String(error) }),
    );
    if (this.#stopped) return;
    const before = this.#tally.verdict;
    this.#tally = tallied(this.#tally, answer.ok, probe);
    if (!answer.ok) failed(kind, answer.problem);
    const { verdict } = this.#tally;
    if (verdict !== undefined && verdict !== before) concluded(kind, verdict);
    // Whoever drew a conclusion may have stopped us.
    if (!this.#stopped) this.#askIn(probe.periodSeconds ?? 10);
  }

  #askIn(seconds: number): void {
    this.#timer = this.#probing.clock.after(seconds * 1_000, () => void this.#ask());
  }
}
