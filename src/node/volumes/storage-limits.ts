/**
 * How much a pod may keep on the disk: the `sizeLimit` of its empty folders, and the `ephemeral-storage` of its containers' limits. It is
 * looked at as often as a kubelet does, in the kubelet's order, and a pod that has written more is to be evicted. A folder is measured only
 * as far as it takes to know that it is too large.
 */
import type { Clock, Timer } from "../../outside/index.ts";
import {
  formatQuantity,
  isCritical,
  type Pod,
  parseQuantity,
  podAmounts,
  quantityToNumber,
  type Volume,
} from "../../resources/index.ts";
import { bytesIn } from "./folder-size.ts";

const periodMs = 10_000;
const ephemeralStorage = "ephemeral-storage";

export interface StorageLimitsParts {
  readonly clock: Pick<Clock, "after">;
  readonly pod: () => Pod;
  /** Where a volume lies that has been made. */
  readonly placeOf: (volume: string) => string | undefined;
  /** Where that lies which a container has for itself; it need not be there. */
  readonly ownPlaceOf: (container: string) => string | undefined;
  /** In the kubelet's words; called once. */
  readonly onExceeded: (message: string) => void;
  readonly onFault: (error: unknown) => void;
}

export class StorageLimits {
  readonly #parts: StorageLimitsParts;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(parts: StorageLimitsParts) {
    this.#parts = parts;
    if (hasLimits(parts.pod())) this.#lookLater();
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  #lookLater(): void {
    if (this.#isClosed) return;
    this.#timer = this.#parts.clock.after(periodMs, () => void this.#look());
  }

  /** What fails now is looked at again. */
  async #look(): Promise<void> {
    try {
      const exceeded = await this.#exceeded();
      if (this.#isClosed) return;
      if (exceeded === undefined) return this.#lookLater();
      this.close();
      this.#parts.onExceeded(exceeded);
    } catch (error) {
      this.#lookLater();
      this.#parts.onFault(error);
    }
  }

  async #exceeded(): Promise<string | undefined> {
    const pod = this.#parts.pod();
    return (await this.#ofFolders(pod)) ?? (await this.#ofPod(pod)) ?? (await this.#ofContainers(pod));
  }

  async #ofFolders(pod: Pod): Promise<string | undefined> {
    for (const { name, limit } of folderLimits(pod)) {
      const size = quantityToNumber(limit);
      if ((await bytesIn(this.#parts.placeOf(name), size)) > size)
        return `Usage of EmptyDir volume "${name}" exceeds the limit "${canonical(limit)}". `;
    }
    return undefined;
  }

  async #ofPod({ spec }: Pod): Promise<string | undefined> {
    const limit = podAmounts(spec, "limits").get(ephemeralStorage);
    if (limit === undefined) return undefined;
    const most = Number(limit.billionths) / 1e9;
    const containers = [...(spec.initContainers ?? []), ...spec.containers];
    const places = [
      ...containers.map(({ name }) => this.#parts.ownPlaceOf(name)),
      ...(spec.volumes ?? []).filter(liesOnNode).map(({ name }) => this.#parts.placeOf(name)),
    ];
    let bytes = 0;
    for (const place of places) {
      bytes += await bytesIn(place, most - bytes);
      if (bytes > most)
        return `Pod ephemeral local storage usage exceeds the total limit of containers ${formatQuantity(limit)}. `;
    }
    return undefined;
  }

  async #ofContainers({ spec }: Pod): Promise<string | undefined> {
    for (const { name, resources } of spec.containers) {
      const limit = resources?.limits?.[ephemeralStorage];
      if (limit === undefined) continue;
      const size = quantityToNumber(limit);
      if (size > 0 && (await bytesIn(this.#parts.ownPlaceOf(name), size)) > size)
        return `Container ${name} exceeded its local ephemeral storage limit "${canonical(limit)}". `;
    }
    return undefined;
  }
}

/** Critical pods are never evicted. */
function hasLimits(pod: Pod): boolean {
  if (isCritical(pod)) return false;
  return folderLimits(pod).length > 0 || podAmounts(pod.spec, "limits").has(ephemeralStorage);
}

function canonical(quantity: string): string {
  return formatQuantity(parseQuantity(quantity));
}

function folderLimits({ spec: { volumes = [] } }: Pod): { readonly name: string; readonly limit: string }[] {
  return volumes.flatMap(({ name, emptyDir }) => {
    const limit = emptyDir?.sizeLimit;
    return limit === undefined || quantityToNumber(limit) === 0 ? [] : [{ name, limit }];
  });
}

/** Those that count with what a pod keeps on its node's disk; the others lie in memory there, or elsewhere. */
function liesOnNode({ emptyDir, configMap, downwardAPI, gitRepo }: Volume): boolean {
  if (emptyDir) return (emptyDir.medium ?? "") === "";
  return configMap !== undefined || downwardAPI !== undefined || gitRepo !== undefined;
}
