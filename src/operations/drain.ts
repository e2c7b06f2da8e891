/**
 * Moving pods away on purpose, as `kubectl drain` does: the node gets no more of them, and each that is there is asked to go by
 * the Eviction API, which keeps what PodDisruptionBudgets promise. Where a budget forbids it, it is asked again each second.
 * The library does it on its own cluster, the command over HTTP: how each asks is its `DrainPort`.
 */
import { ApiError, hasReason } from "../errors/index.ts";
import type { Pod } from "../resources/index.ts";
import { type DrainRules, podsToMove, type RuleNames } from "./drain-choice.ts";

export interface DrainOptions extends DrainRules {
  /** How long each pod has to end, in seconds; its own time where left out. */
  readonly gracePeriodSeconds?: number;
  /** Only pods with these labels go. */
  readonly podSelector?: string;
  /** Deletes pods, whatever budgets say, in place of evicting them. Default false. */
  readonly disableEviction?: boolean;
  /** How long all of it may take, in milliseconds. Default 10 minutes. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface DrainPort {
  readonly ruleNames: RuleNames;
  /** The pods that are bound to the node. */
  pods(node: string, labelSelector: string | undefined): Promise<readonly Pod[]>;
  /** Resolves to whether that changed the node. */
  cordon(node: string): Promise<boolean>;
  find(pod: Pod): Promise<Pod | undefined>;
  /** Fails with TooManyRequests where a budget forbids it now. */
  evict(pod: Pod, gracePeriodSeconds: number | undefined): Promise<void>;
  delete(pod: Pod, gracePeriodSeconds: number | undefined): Promise<void>;
  /** Resolves when the pod is gone, or is another of its name. Fails with Timeout. */
  gone(pod: Pod, options: { readonly timeoutMs: number; readonly signal: AbortSignal }): Promise<void>;
  now(): number;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** What is done, in kubectl's words. */
  say(text: string): void;
  /** What holds it up, or is lost by it. */
  warn(text: string): void;
}

const usualMs = 600_000;
const againMs = 1_000;

/** Resolves when the pods of the node are gone that had to go, and no others can come. Fails as `empty` does. */
export async function drain(port: DrainPort, node: string, options: DrainOptions = {}): Promise<void> {
  await cordon(port, node);
  await empty(port, node, options);
}

/** The node gets no more pods. */
export async function cordon(port: DrainPort, node: string): Promise<void> {
  port.say(`node/${node} ${(await port.cordon(node)) ? "" : "already "}cordoned`);
}

/**
 * Moves the pods of a cordoned node away. Fails with BadRequest, before any pod is asked to go, where pods or data would be lost
 * for good; with Timeout where budgets, or pods, hold out: that says of each pod that is left why it is. Where one pod cannot be moved,
 * no further one is evicted once it fails.
 */
export async function empty(port: DrainPort, node: string, options: DrainOptions = {}): Promise<void> {
  const { timeoutMs = usualMs, signal, podSelector } = options;
  const until = port.now() + timeoutMs;
  const there = await port.pods(node, podSelector);
  const going = podsToMove(there, options, port.ruleNames, text => port.warn(`Warning: ${text}`));
  const failing = new AbortController();
  const given = AbortSignal.any(signal ? [signal, failing.signal] : [failing.signal]);
  const limits = { ...options, timeoutMs, until, signal: given };
  const late: ApiError[] = [];
  const moves = going.map(pod =>
    moveAway(port, pod, limits).catch(error => {
      // The time is over for all of them: each says for itself what it waits for.
      if (hasReason(error, "Timeout")) late.push(error);
      else failing.abort(error);
    }),
  );
  await Promise.all(moves);
  failing.signal.throwIfAborted();
  const [first, ...others] = late;
  if (first) throw others.length === 0 ? first : allTooLate(late);
  port.say(`node/${node} drained`);
}

interface Limits extends Pick<DrainOptions, "gracePeriodSeconds" | "disableEviction"> {
  readonly timeoutMs: number;
  /** The moment at which the time is over. */
  readonly until: number;
  readonly signal: AbortSignal;
}

async function moveAway(port: DrainPort, pod: Pod, limits: Limits): Promise<void> {
  const { until, signal, timeoutMs, disableEviction = false } = limits;
  const { namespace, name } = pod.metadata;
  port.say(`${disableEviction ? "deleting" : "evicting"} pod ${namespace}/${name}`);
  if (!(await asked(port, pod, limits))) return;
  try {
    await port.gone(pod, { timeoutMs: Math.max(0, until - port.now()), signal });
  } catch (cause) {
    if (!hasReason(cause, "Timeout")) throw cause;
    const left = await port.find(pod);
    if (left?.metadata.uid !== pod.metadata.uid) return;
    const waiting = `error when waiting for pod ${JSON.stringify(name)} in namespace ${JSON.stringify(namespace)} to terminate`;
    throw tooLate(waiting, timeoutMs, whyLeft(left, port.now()), cause);
  }
  port.say(`pod/${name} ${disableEviction ? "deleted" : "evicted"}`);
}

/** Resolves to true when the pod is asked to go; to false where it is gone already. */
async function asked(port: DrainPort, pod: Pod, limits: Limits): Promise<boolean> {
  const { until, signal, timeoutMs, gracePeriodSeconds, disableEviction } = limits;
  const { namespace, name, uid } = pod.metadata;
  for (;;) {
    const now = await port.find(pod);
    if (now?.metadata.uid !== uid) return false;
    signal.throwIfAborted();
    try {
      await (disableEviction ? port.delete(now, gracePeriodSeconds) : port.evict(now, gracePeriodSeconds));
      return true;
    } catch (error) {
      // It went by itself since it was read.
      if (hasReason(error, "NotFound")) return false;
      if (!hasReason(error, "TooManyRequests")) throw error;
      const evicting = `error when evicting pods/${JSON.stringify(name)} -n ${JSON.stringify(namespace)}`;
      if (port.now() >= until) throw tooLate(evicting, timeoutMs, whyForbidden(error), error);
      port.warn(`${evicting} (will retry after ${againMs / 1_000}s): ${error.message}`);
      await port.sleep(againMs, signal);
    }
  }
}

/** What holds a pod that was asked to go. */
function whyLeft({ metadata, status }: Pod, now: number): string {
  const { deletionTimestamp, finalizers = [] } = metadata;
  const endsAt = Date.parse(deletionTimestamp ?? "");
  const hasEnded = status?.phase === "Succeeded" || status?.phase === "Failed";
  if (finalizers.length > 0 && (hasEnded || endsAt <= now))
    return `its finalizers hold it: ${finalizers.join(", ")}`;
  if (endsAt > now) return `it has until ${deletionTimestamp} to end`;
  return "its node has not said that it has ended";
}

/** Which budget forbids it, and why. */
function whyForbidden(error: ApiError): string {
  const [cause] = error.details.causes ?? [];
  return cause?.message ?? error.message;
}

function tooLate(doing: string, timeoutMs: number, why: string, cause: Error): ApiError {
  const message = `${doing}: global timeout reached: ${timeoutMs / 1_000}s: ${why}`;
  return new ApiError("Timeout", message, {}, { cause });
}

/** Several at once, as Kubernetes writes them. */
function allTooLate(errors: readonly ApiError[]): ApiError {
  const message = `[${errors.map(error => error.message).join(", ")}]`;
  return new ApiError("Timeout", message, {}, { cause: new AggregateError(errors, message) });
}
