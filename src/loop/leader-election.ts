/**
 * Leader election: of several control planes over one store only one runs the controllers, and one the scheduler. They agree by a
 * Lease, as client-go does it (tools/leaderelection): whoever holds it renews it every two seconds; one that has not been able to for
 * ten seconds leads no more; and only when the others have not seen it renewed for fifteen does one of them take it.
 *
 * The rule that keeps it right: a leader stops before another can begin. It counts its ten seconds from when it *began* to renew
 * last, the others their fifteen from when they *saw* it, which is later. Both are measured by timers, each on its own machine; what
 * is written in the lease as time is for people to read, so clocks may differ.
 */
import { hasReason, messageOf } from "../errors/index.ts";
import { type Clock, microTime, type Random, type Timer } from "../outside/index.ts";
import type { Lease, LeaseSpec } from "../resources/index.ts";

/** The defaults are those of kube-controller-manager and kube-scheduler. All in milliseconds. */
export interface LeaderElectionTimes {
  /** For how long others wait, since they saw the lease change last, before they take it. Default 15,000. */
  readonly leaseDurationMs: number;
  /** For how long the leader leads since it began to renew last. Default 10,000. */
  readonly renewDeadlineMs: number;
  /** How long each waits between two attempts. Default 2,000. */
  readonly retryPeriodMs: number;
}

export const leaderElectionTimes: LeaderElectionTimes = {
  leaseDurationMs: 15_000,
  renewDeadlineMs: 10_000,
  retryPeriodMs: 2_000,
};

/** Who does not lead waits up to so much longer, so that not all ask at the same moment (client-go's JitterFactor). */
const jitterFactor = 1.2;

/** Why nobody can agree by these times; undefined where they keep the rule. */
export function problemOfTimes(times: LeaderElectionTimes): string | undefined {
  const { leaseDurationMs, renewDeadlineMs, retryPeriodMs } = times;
  if (leaseDurationMs <= renewDeadlineMs) return "leaseDurationMs must be greater than renewDeadlineMs";
  if (renewDeadlineMs <= retryPeriodMs * jitterFactor)
    return `renewDeadlineMs must be greater than ${jitterFactor} times retryPeriodMs`;
  return undefined;
}

/** The lease that is agreed by. Each call may fail, or never come back. */
export interface LeaseLock {
  read(): Promise<Lease | undefined>;
  /** Who creates it leads from then on. */
  create(spec: LeaseSpec): Promise<Lease>;
  /**
   * Fails with Conflict where the lease is not the last any more.
   * @param claims whether somebody else leads from then on, or nobody: what the leader before has yet to write is not written any more
   */
  update(lease: Lease, spec: LeaseSpec, claims: boolean): Promise<Lease>;
}

export interface LeaderElectorOptions {
  readonly lock: LeaseLock;
  /** Who we are, in the lease: never that of another. */
  readonly identity: string;
  readonly clock: Clock;
  readonly random: Pick<Random, "next">;
  readonly times?: LeaderElectionTimes;
  /** Whether it is known that this one's process has ended: then its lease need not run out. Nobody's is where left out. */
  readonly isGone?: (holder: string) => boolean;
  /** From now on we lead, by this version of the lease. */
  readonly onStarted: (lease: Lease) => void;
  /** We lead no more; called at once, before anything else is waited for. */
  readonly onStopped: (lease: Lease) => void;
  /** Told why an attempt failed, where it was not that another was faster; the same again only when one got through in between. */
  readonly onFault: (error: unknown) => void;
}

export class LeaderElector {
  readonly #options: LeaderElectorOptions;
  readonly #times: LeaderElectionTimes;
  /** The lease as it was seen last. */
  #seen: Lease | undefined;
  /** Runs while the lease as it was seen last is its holder's. */
  #validity: Timer | undefined;
  #isValid = false;
  /** Why the last attempts failed. */
  #told: string | undefined;
  /** The lease by which we lead; undefined while we do not. */
  #held: Lease | undefined;
  /** Ends our leading, unless we renew before. */
  #deadline: Timer | undefined;
  #next: Timer | undefined;
  /** Counts the attempts: what comes of an older one is not ours to use any more. */
  #attempt = 0;
  #isStopped = false;

  /** Throws RangeError where the times do not keep the rule. */
  constructor(options: LeaderElectorOptions) {
    this.#options = options;
    this.#times = options.times ?? leaderElectionTimes;
    const problem = problemOfTimes(this.#times);
    if (problem !== undefined) throw new RangeError(problem);
  }

  get isLeader(): boolean {
    return this.#held !== undefined;
  }

  /** Takes part from now on. */
  start(): void {
    if (this.#attempt === 0) this.#try();
  }

  /** Somebody has gone: whether it is the leader is looked at now. */
  lookAgain(): void {
    if (this.#attempt > 0 && !this.isLeader) this.#try();
  }

  /** Takes part no more, without a word, as when the process ends: others take over when the lease has run out. */
  abandon(): void {
    this.#isStopped = true;
    this.#attempt++;
    this.#next?.cancel();
    this.#validity?.cancel();
    this.#lose();
  }

  /** Takes part no more. Resolves when another may take over at once. */
  async release(): Promise<void> {
    const held = this.#held;
    this.abandon();
    if (!held) return;
    const now = microTime(this.#options.clock.now());
    const { leaseTransitions } = held.spec ?? {};
    const free = { holderIdentity: "", leaseDurationSeconds: 1, renewTime: now, acquireTime: now };
    await this.#options.lock.update(held, { ...free, leaseTransitions }, true).catch(error => {
      // Another has it already, or it is gone with its namespace.
      if (!hasReason(error, "Conflict", "NotFound", "Forbidden")) throw error;
    });
  }

  #try(): void {
    if (this.#isStopped) return;
    const attempt = ++this.#attempt;
    this.#next?.cancel();
    const { clock, random, onFault } = this.#options;
    const { renewDeadlineMs, retryPeriodMs } = this.#times;
    let isLate = false;
    const deadline = clock.after(renewDeadlineMs, () => {
      isLate = true;
      const isOver = deadline === this.#deadline;
      if (isOver) this.#lose();
      // What is under way may never come back.
      if (isOver || attempt === this.#attempt) this.#try();
    });
    const again = (lease: Lease | undefined) => {
      if (attempt !== this.#attempt || isLate) return;
      if (lease) this.#lead(lease, deadline);
      else deadline.cancel();
      const jitter = this.#held ? 0 : random.next() * jitterFactor;
      this.#next = clock.after(retryPeriodMs * (1 + jitter), () => this.#try());
    };
    const failed = (error: unknown) => {
      const isTold = this.#told === messageOf(error);
      this.#told = messageOf(error);
      if (!isTold) onFault(error);
    };
    this.#acquireOrRenew(() => attempt === this.#attempt).then(
      lease => {
        this.#told = undefined;
        again(lease);
      },
      error => {
        // That another was faster is everyday.
        if (!hasReason(error, "Conflict", "AlreadyExists")) failed(error);
        again(undefined);
      },
    );
  }

  /**
   * Resolves to the lease where it is ours now. What goes wrong on the way is tried again, whatever it is.
   * @param isCurrent whether another attempt has not begun meanwhile: what was read so long ago says nothing any more
   */
  async #acquireOrRenew(isCurrent: () => boolean): Promise<Lease | undefined> {
    const { lock, identity, clock } = this.#options;
    const now = microTime(clock.now());
    const leaseDurationSeconds = Math.ceil(this.#times.leaseDurationMs / 1_000);
    const wanted = { holderIdentity: identity, leaseDurationSeconds, acquireTime: now, renewTime: now };
    const lease = await lock.read();
    if (!isCurrent()) return undefined;
    const written = (found: Lease) => (isCurrent() ? this.#see(found) : undefined);
    if (!lease) return written(await lock.create({ ...wanted, leaseTransitions: 0 }));
    this.#see(lease);
    const { holderIdentity: holder = "", acquireTime, leaseTransitions = 0 } = lease.spec ?? {};
    const isOurs = holder === identity;
    // Someone has taken it away by hand: a lease that is held is not taken from us otherwise.
    if (!isOurs) this.#lose();
    const { isGone = () => false } = this.#options;
    if (!isOurs && holder !== "" && this.#isValid && !isGone(holder)) return undefined;
    const spec = isOurs
      ? { ...wanted, acquireTime, leaseTransitions }
      : { ...wanted, leaseTransitions: leaseTransitions + 1 };
    return written(await lock.update(lease, spec, this.#held === undefined));
  }

  /** A lease that has changed is its holder's for as long as it says, from now on. */
  #see(lease: Lease): Lease {
    if (this.#isStopped || lease.metadata.resourceVersion === this.#seen?.metadata.resourceVersion)
      return lease;
    this.#seen = lease;
    this.#isValid = true;
    this.#validity?.cancel();
    const { leaseDurationSeconds = 0 } = lease.spec ?? {};
    this.#validity = this.#options.clock.after(leaseDurationSeconds * 1_000, () => {
      this.#isValid = false;
    });
    return lease;
  }

  #lead(lease: Lease, deadline: Timer): void {
    const isNew = this.#held === undefined;
    this.#held = lease;
    this.#deadline?.cancel();
    this.#deadline = deadline;
    if (isNew) this.#options.onStarted(lease);
  }

  #lose(): void {
    const held = this.#held;
    this.#held = undefined;
    this.#deadline?.cancel();
    this.#deadline = undefined;
    if (!held) return;
    this.#options.onStopped(held);
  }
}
