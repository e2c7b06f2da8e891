/**
 * What the program that runs a cluster does with workloads, as kubectl does it: scales them, rolls their templates out, back and
 * anew, and has them scaled by load. Each is a read and a write of the API; the controllers do the rest.
 */
import { type Api, type Caller, type Client, calls, type WaitOptions } from "../../api/index.ts";
import { ApiError, checkArguments, hasReason } from "../../errors/index.ts";
import {
  type AutoscaleOptions,
  autoscalerOf,
  keeperOf,
  notRolledOut,
  patchToPause,
  patchToRestart,
  patchToRestore,
  type RolledOut,
  type RolloutRevision,
  type RolloutStatus,
  revisionsOf,
  revisionToRestore,
  rolledOutKinds,
  rolloutStatus,
} from "../../operations/index.ts";
import type { HorizontalPodAutoscaler, KindRegistry, KubernetesObject } from "../../resources/index.ts";

/** The calls of `cluster.rollout`. */
export type Rollout = Pick<
  OwnWorkloads,
  "status" | "wait" | "history" | "undo" | "restart" | "pause" | "resume"
>;

interface WorkloadParts {
  readonly client: Client;
  readonly api: Pick<Api, "get" | "patch">;
  readonly caller: Caller;
  readonly kinds: KindRegistry;
  readonly running: () => Promise<void> | undefined;
  readonly now: () => number;
}

/** A roll-out has as long as a Deployment's progress deadline is where none is given. */
const rolloutMs = 600_000;

export class OwnWorkloads {
  readonly #parts: WorkloadParts;

  constructor(parts: WorkloadParts) {
    this.#parts = parts;
  }

  async scale(ref: string, replicas: number): Promise<void> {
    checkArguments("scale", calls.scale, [ref, replicas]);
    await this.#parts.running();
    const { api, caller } = this.#parts;
    const options = { type: "merge", fieldManager: caller.manager } as const;
    await api.patch(caller, this.#scaleOf(ref), { spec: { replicas } }, options);
  }

  async autoscale(ref: string, options: AutoscaleOptions): Promise<HorizontalPodAutoscaler> {
    checkArguments("autoscale", calls.autoscale, [ref, options]);
    await this.#parts.running();
    const { client, api, caller } = this.#parts;
    const target = this.#scaleOf(ref);
    // What is not there is told now: an autoscaler would wait for it.
    await api.get(caller, target);
    const { kind, version, namespace, name } = target;
    const { apiVersion } = version;
    return client.create(autoscalerOf({ apiVersion, kind: kind.kind, namespace, name }, options));
  }

  /** How far the present template has come. */
  async status(ref: string): Promise<RolloutStatus> {
    checkArguments("rollout.status", calls["rollout.status"], [ref]);
    return rolloutStatus(await this.#workload(ref));
  }

  /**
   * Resolves when the present template is rolled out, to what the status says then. Fails with Timeout when its progress deadline
   * has passed, or when that takes longer than `timeoutMs` (10 minutes).
   */
  async wait(ref: string, options: WaitOptions = {}): Promise<RolloutStatus> {
    checkArguments("rollout.wait", calls["rollout.wait"], [ref, options]);
    const { kind, metadata } = await this.#workload(ref);
    let last: RolledOut | undefined;
    const isDone = (workload: KubernetesObject | undefined) => {
      if (!workload) throw notFound(kind, metadata.name);
      last = workload as RolledOut;
      return rolloutStatus(last).done;
    };
    const place = `${kind}/${metadata.namespace}/${metadata.name}`;
    const limits = { timeoutMs: rolloutMs, ...options };
    try {
      return rolloutStatus((await this.#parts.client.waitFor(place, isDone, limits)) as RolledOut);
    } catch (error) {
      if (!hasReason(error, "Timeout") || last === undefined) throw error;
      // Past its deadline this throws the same once more; else it says how far it has come.
      const { message: state } = rolloutStatus(last);
      const message = `waited ${limits.timeoutMs} ms: ${state}`;
      throw new ApiError("Timeout", message, { kind, name: metadata.name }, { cause: error });
    }
  }

  /** The templates that are remembered, oldest first. */
  async history(ref: string): Promise<RolloutRevision[]> {
    checkArguments("rollout.history", calls["rollout.history"], [ref]);
    return this.#revisions(await this.#workload(ref));
  }

  /**
   * Goes back to the template before, or to one by its number in the history. Nothing is written where that is the present one.
   * Fails with NotFound where it is not remembered, BadRequest while the roll-out is paused.
   */
  async undo(ref: string, options: { readonly toRevision?: number } = {}): Promise<void> {
    checkArguments("rollout.undo", calls["rollout.undo"], [ref, options]);
    const workload = await this.#workload(ref);
    const wanted = revisionToRestore(workload, await this.#revisions(workload), options.toRevision);
    if (!wanted) return;
    const { kind, metadata } = workload;
    const { name, namespace } = metadata;
    const patch = patchToRestore(workload, wanted);
    await this.#parts.client.patch(kind, name, patch, { namespace, type: "json" });
  }

  /** Replaces all pods, by the workload's own strategy. Fails with BadRequest while it is paused. */
  async restart(ref: string): Promise<void> {
    checkArguments("rollout.restart", calls["rollout.restart"], [ref]);
    const workload = await this.#workload(ref);
    await this.#change(workload, patchToRestart(workload, this.#parts.now()));
  }

  /** A changed template waits from now on. Fails with BadRequest for what cannot be paused, and where it is. */
  async pause(ref: string): Promise<void> {
    checkArguments("rollout.pause", calls["rollout.pause"], [ref]);
    await this.#pause(ref, true);
  }

  /** What waits is rolled out. Fails with BadRequest where nothing is paused. */
  async resume(ref: string): Promise<void> {
    checkArguments("rollout.resume", calls["rollout.resume"], [ref]);
    await this.#pause(ref, false);
  }

  /** Throws BadRequest for what has none. */
  #scaleOf(ref: string) {
    const { client, kinds } = this.#parts;
    const { kind: spelling, namespace, name } = client.keyOf(ref);
    const { kind, version } = kinds.findVersion(spelling);
    if (!kind.subresources.some(part => part.name === "scale"))
      throw new ApiError("BadRequest", `a ${kind.kind} has no scale`, { kind: kind.kind, name });
    return { kind, version, namespace, name, subresource: "scale" } as const;
  }

  async #pause(ref: string, paused: boolean): Promise<void> {
    const workload = await this.#workload(ref);
    await this.#change(workload, patchToPause(workload, paused));
  }

  async #change({ kind, metadata: { name, namespace } }: RolledOut, patch: object): Promise<void> {
    await this.#parts.client.patch(kind, name, patch, { namespace });
  }

  async #workload(ref: string): Promise<RolledOut> {
    await this.#parts.running();
    const { kind, namespace, name } = this.#parts.client.keyOf(ref);
    const known = rolledOutKinds.find(each => each === kind);
    if (!known) throw notRolledOut(kind);
    const found = await this.#parts.client.get(known, name, namespace);
    if (found) return found;
    throw notFound(kind, name);
  }

  async #revisions(workload: RolledOut): Promise<RolloutRevision[]> {
    const { namespace } = workload.metadata;
    return revisionsOf(workload, await this.#parts.client.list(keeperOf(workload), { namespace }));
  }
}

function notFound(kind: string, name: string): ApiError {
  return new ApiError("NotFound", `${kind} "${name}" not found`, { kind, name });
}
