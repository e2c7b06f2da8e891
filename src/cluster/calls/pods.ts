/** What the program that runs a cluster asks of single pods: what they have printed, why they are where they are, and that they go. */
import { type Api, type Caller, type Client, calls } from "../../api/index.ts";
import { ApiError, checkArguments } from "../../errors/index.ts";
import { type LogOptions, LogReading, type PodConnections } from "../../node/index.ts";
import type { KindRegistry } from "../../resources/index.ts";
import type { Scheduler, SchedulingReport } from "../../scheduler/index.ts";
import { type DrainParts, type EvictOptions, evict } from "./drain.ts";

interface PodParts {
  readonly client: Client;
  readonly api: Pick<Api<PodConnections>, "connect">;
  readonly caller: Caller;
  readonly kinds: KindRegistry;
  readonly scheduler: Pick<Scheduler, "report">;
  readonly draining: DrainParts;
  readonly running: () => Promise<void> | undefined;
}

export type ContainerLogOptions = LogOptions & { readonly container?: string };

export class OwnPods {
  readonly #parts: PodParts;

  constructor(parts: PodParts) {
    this.#parts = parts;
  }

  async evict(ref: string, options: EvictOptions): Promise<void> {
    checkArguments("evict", calls.evict, [ref, options]);
    await this.#parts.running();
    const { kind, namespace, name } = this.#parts.client.keyOf(ref);
    if (kind !== "Pod")
      throw new ApiError("BadRequest", `only a Pod can be evicted, not a ${kind}`, { kind, name });
    await evict(this.#parts.draining, { namespace, name }, options);
  }

  logs(ref: string, options: ContainerLogOptions): LogReading {
    checkArguments("logs", calls.logs, [ref, options]);
    return new LogReading(() => this.#linesOf(ref, { ...options }));
  }

  async scheduling(ref: string): Promise<SchedulingReport> {
    checkArguments("scheduling", calls.scheduling, [ref]);
    await this.#parts.running();
    const { client, scheduler } = this.#parts;
    const { kind, namespace, name } = client.keyOf(ref);
    const pod = kind === "Pod" ? await client.get("Pod", name, namespace) : undefined;
    if (!pod) throw new ApiError("NotFound", `${ref} is no pod that is there`);
    return scheduler.report(pod);
  }

  async *#linesOf(ref: string, options: Readonly<Record<string, unknown>>): AsyncGenerator<Uint8Array> {
    const { client, api, caller, kinds } = this.#parts;
    const { kind, namespace, name } = client.keyOf(ref);
    if (kind !== "Pod" && kind !== "Container")
      throw new ApiError("BadRequest", `a ${kind} prints nothing: name a Pod or a Container`, { kind, name });
    const target = { kind: kinds.find("Pod"), namespace, name, subresource: "log" as const };
    yield* await api.connect(caller, target, options);
  }
}
