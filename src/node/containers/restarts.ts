/**
 * How long a container that ended waits for its restart: the first time not at all, then longer each time, up to a limit. After
 * it has run for long enough, the waits begin anew. Kubernetes waits 10 s, 20 s, … 5 min; here one second is the beginning,
 * because a thread costs little and a lesson should not wait.
 */
export interface RestartBackOff {
  /** The wait before the second restart, in milliseconds. Default 1,000. */
  readonly initialMs: number;
  /** No wait is longer, in milliseconds. Default 300,000. */
  readonly maximumMs: number;
  /** A container that ran for so long, in milliseconds, begins anew. Default 600,000. */
  readonly resetAfterMs: number;
}

export const defaultBackOff: RestartBackOff = { initialMs: 1_000, maximumMs: 300_000, resetAfterMs: 600_000 };

/** What is remembered of a container's endings: how long the next restart waits. */
export interface Endings {
  /** 0: the next restart is immediate. */
  readonly nextWaitMs: number;
}

export const noEndings: Endings = { nextWaitMs: 0 };

/** How long to wait now, and what to remember, after the container ran for `ranMs` and ended. */
export function afterEnding(
  endings: Endings,
  ranMs: number,
  { initialMs, maximumMs, resetAfterMs }: RestartBackOff = defaultBackOff,
): { waitMs: number; endings: Endings } {
  const waitMs = ranMs >= resetAfterMs ? 0 : endings.nextWaitMs;
  const nextWaitMs = waitMs === 0 ? initialMs : Math.min(waitMs * 2, maximumMs);
  return { waitMs, endings: { nextWaitMs: Math.min(nextWaitMs, maximumMs) } };
}

/** A duration as Kubernetes' messages write it: `10s`, `1m20s`, `5m0s`, `500ms`. */
export function durationText(ms: number): string {
  if (ms === 0) return "0s";
  if (ms < 1_000) return `${ms}ms`;
  const seconds = ms / 1_000;
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  const rest = `${minutes % 60}m${seconds % 60}s`;
  return minutes < 60 ? rest : `${Math.floor(minutes / 60)}h${rest}`;
}
