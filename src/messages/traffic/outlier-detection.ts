/**
 * Leaves out endpoints that fail: a state machine that is told how each use of an endpoint has ended, and says which may be chosen. The
 * rules are Envoy's. It has no timers: whoever asks says what time it is.
 */
import type { OutlierPolicy } from "./traffic-policy.ts";

/** How a use of an endpoint has ended: a gateway error is one without an answer of the endpoint's own. */
export type Outcome = "success" | "error" | "gateway-error";

export interface Ejection {
  readonly endpoint: string;
  readonly at: number;
  /** When it comes back. */
  readonly until: number;
  /** Why, for people. */
  readonly why: string;
}

interface Health {
  errors: number;
  gatewayErrors: number;
  /** How often it was left out, less one for each interval that it has been back. */
  times: number;
  /** From when on `times` has been counted down. */
  healthySince: number;
  ejection: Ejection | undefined;
}

/** As Envoy has it: however often it fails, an endpoint is tried again after five minutes, or after the base time where that is longer. */
const longestMs = 300_000;

export class OutlierDetection {
  readonly policy: OutlierPolicy;
  readonly #began: number;
  readonly #health = new Map<string, Health>();

  constructor(policy: OutlierPolicy, now: number) {
    this.policy = policy;
    this.#began = now;
  }

  /**
   * A use has ended. Returns the ejection where it was the last straw.
   * @param all the endpoints of the Service by now
   */
  ended(endpoint: string, outcome: Outcome, all: readonly string[], now: number): Ejection | undefined {
    const health = this.#healthOf(endpoint, now);
    if (outcome === "success") {
      health.errors = 0;
      health.gatewayErrors = 0;
      return undefined;
    }
    health.errors++;
    health.gatewayErrors = outcome === "gateway-error" ? health.gatewayErrors + 1 : 0;
    const why = this.#whyEjected(health);
    if (why === undefined || this.isEjected(endpoint, now) || !this.#mayEject(all, now)) return undefined;
    health.errors = 0;
    health.gatewayErrors = 0;
    health.times++;
    const { baseEjectionMs } = this.policy;
    const lasts = Math.min(baseEjectionMs * health.times, Math.max(longestMs, baseEjectionMs));
    health.ejection = { endpoint, at: now, until: this.#sweepAfter(now + lasts), why };
    return health.ejection;
  }

  isEjected(endpoint: string, now: number): boolean {
    const { ejection } = this.#health.get(endpoint) ?? {};
    return ejection !== undefined && now < ejection.until;
  }

  /** Those that may be chosen. Where all are left out none is: it is better to try than to fail for certain. */
  among<E extends { readonly endpoint: string }>(all: readonly E[], now: number): readonly E[] {
    if (![...this.#health.values()].some(({ ejection }) => ejection)) return all;
    const left = all.filter(({ endpoint }) => !this.isEjected(endpoint, now));
    return left.length > 0 ? left : all;
  }

  /** The endpoints whose time is over; each is told once. */
  returned(now: number): string[] {
    const back: string[] = [];
    for (const [endpoint, health] of this.#health) {
      if (!health.ejection || now < health.ejection.until) continue;
      health.healthySince = health.ejection.until;
      health.ejection = undefined;
      back.push(endpoint);
    }
    return back;
  }

  /** When the next one comes back; undefined where none is left out. */
  get nextReturn(): number | undefined {
    const ends = [...this.#health.values()].flatMap(({ ejection }) => ejection?.until ?? []);
    return ends.length > 0 ? Math.min(...ends) : undefined;
  }

  /** Forgets what is no endpoint any more. */
  keep(all: readonly string[]): void {
    const kept = new Set(all);
    for (const endpoint of this.#health.keys()) if (!kept.has(endpoint)) this.#health.delete(endpoint);
  }

  #healthOf(endpoint: string, now: number): Health {
    let health = this.#health.get(endpoint);
    if (!health) {
      health = { errors: 0, gatewayErrors: 0, times: 0, healthySince: now, ejection: undefined };
      this.#health.set(endpoint, health);
    }
    if (!health.ejection && health.times > 0) {
      const intervals = Math.floor((now - health.healthySince) / this.policy.intervalMs);
      health.times = Math.max(0, health.times - intervals);
      health.healthySince += intervals * this.policy.intervalMs;
    }
    return health;
  }

  #whyEjected({ errors, gatewayErrors }: Health): string | undefined {
    const { consecutiveErrors, consecutiveGatewayErrors } = this.policy;
    if (consecutiveErrors > 0 && errors >= consecutiveErrors) return `${errors} consecutive errors`;
    if (consecutiveGatewayErrors > 0 && gatewayErrors >= consecutiveGatewayErrors)
      return `${gatewayErrors} consecutive gateway errors`;
    return undefined;
  }

  /** As Envoy: while the share of those left out is below the limit, one more may be; so a first one always may. */
  #mayEject(all: readonly string[], now: number): boolean {
    const ejected = all.filter(endpoint => this.isEjected(endpoint, now)).length;
    return ejected * 100 < this.policy.maxEjectionPercent * all.length;
  }

  /** Endpoints come back when it is looked, every interval. */
  #sweepAfter(time: number): number {
    const { intervalMs } = this.policy;
    return this.#began + Math.ceil((time - this.#began) / intervalMs) * intervalMs;
  }
}
