/**
 * What the thread of a pod asks about NetworkPolicies, for the connections that its programs open. Verdicts are kept in the thread; the
 * subscription `policies` tells when they may be others: `{ generation, isPoliced }`, now and after each change.
 */
import { ApiError } from "../errors/index.ts";
import type { PolicyGeneration, PolicyVerdict } from "../messages/index.ts";
import { type Clock, onAbort } from "../outside/index.ts";
import type { Identity } from "./attachment.ts";
import { type Denials, type Policies, type Protocol, verdictText } from "./policy/index.ts";
import type { ResourceCalls } from "./resource-calls.ts";

export class PolicyCalls implements ResourceCalls {
  readonly #policies: Policies;
  readonly #denials: Denials;
  readonly #clock: Clock;
  /** Counts the moments from which on verdicts may be others. */
  #generation = 0;
  #isStale = false;
  readonly #waiting = new Set<() => void>();

  constructor(policies: Policies, denials: Denials, clock: Clock) {
    this.#policies = policies;
    this.#denials = denials;
    this.#clock = clock;
  }

  start(): void {
    this.#policies.onChange(() => {
      // Once a turn, however much has changed.
      if (this.#isStale) return;
      this.#isStale = true;
      this.#clock.soon(() => this.#next());
    });
  }

  /**
   * `verdict`: of a connection to an address and a port (of a pod, not of a Service).
   * `denied`: the thread has turned down a connection; whether that is so is looked up here.
   */
  async call(
    { uid }: Identity,
    name: string,
    [address, port, protocol = "TCP"]: readonly unknown[],
  ): Promise<PolicyVerdict | undefined> {
    const from = this.#policies.endOf(uid);
    if (!from) throw new ApiError("NotFound", "the pod is not there any more");
    const to = this.#policies.endAt(String(address));
    const number = Number(port);
    const verdict = this.#policies.verdict(from, to, number, protocolOf(protocol));
    if (name === "denied") {
      if (!verdict.allowed) this.#denials.add(verdict, from, to, number);
      return undefined;
    }
    return { allowed: verdict.allowed, text: verdictText(verdict, from, to, number) };
  }

  async *subscribe(
    _who: Identity,
    _name: string,
    _args: readonly unknown[],
    signal: AbortSignal,
  ): AsyncGenerator<PolicyGeneration> {
    let told = -1;
    while (!signal.aborted) {
      if (told !== this.#generation) {
        told = this.#generation;
        yield { generation: told, isPoliced: this.#policies.isPoliced };
        continue;
      }
      await new Promise<void>(resolve => {
        const wake = () => {
          this.#waiting.delete(wake);
          takeBack();
          resolve();
        };
        const takeBack = onAbort(signal, wake);
        this.#waiting.add(wake);
      });
    }
  }

  #next(): void {
    this.#isStale = false;
    this.#generation++;
    for (const wake of [...this.#waiting]) wake();
  }
}

function protocolOf(text: unknown): Protocol {
  if (text === "TCP" || text === "UDP" || text === "SCTP") return text;
  throw new ApiError("BadRequest", `the protocol must be TCP, UDP or SCTP, not ${String(text)}`);
}
