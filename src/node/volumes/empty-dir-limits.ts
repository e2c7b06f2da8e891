/**
 * Empty folders with a limit (`sizeLimit`), looked at as often as a kubelet does: a pod that has written more into one than it may is to be
 * evicted. A folder is measured only as far as it takes to know that it is too large.
 */
import type { Dirent } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock, Timer } from "../../outside/index.ts";
import { type Pod, quantityToNumber } from "../../resources/index.ts";

const periodMs = 10_000;

export interface EmptyDirLimitsParts {
  readonly clock: Pick<Clock, "after">;
  readonly pod: () => Pod;
  /** Where a volume lies that has been made. */
  readonly placeOf: (volume: string) => string | undefined;
  /** In the kubelet's words; called once. */
  readonly onExceeded: (message: string) => void;
  readonly onFault: (error: unknown) => void;
}

export class EmptyDirLimits {
  readonly #parts: EmptyDirLimitsParts;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(parts: EmptyDirLimitsParts) {
    this.#parts = parts;
    if (limitsOf(parts.pod()).length > 0) this.#lookLater();
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  #lookLater(): void {
    if (this.#isClosed) return;
    const look = () => void this.#look().catch(this.#parts.onFault);
    this.#timer = this.#parts.clock.after(periodMs, look);
  }

  async #look(): Promise<void> {
    for (const { name, limit } of limitsOf(this.#parts.pod())) {
      const place = this.#parts.placeOf(name);
      if (place === undefined || !(await isLargerThan(place, quantityToNumber(limit)))) continue;
      if (this.#isClosed) return;
      this.close();
      this.#parts.onExceeded(`Usage of EmptyDir volume "${name}" exceeds the limit "${limit}". `);
      return;
    }
    this.#lookLater();
  }
}

function limitsOf({ spec: { volumes = [] } }: Pod): { readonly name: string; readonly limit: string }[] {
  return volumes.flatMap(({ name, emptyDir }) => {
    const limit = emptyDir?.sizeLimit;
    return limit === undefined || quantityToNumber(limit) === 0 ? [] : [{ name, limit }];
  });
}

/** Whether what lies in the folder takes more than so many bytes. Links count as themselves; a file with several names counts once. */
export async function isLargerThan(folder: string, limit: number): Promise<boolean> {
  const counted = new Set<number>();
  const folders = [folder];
  let bytes = 0;
  for (let each = folders.pop(); each !== undefined; each = folders.pop()) {
    for (const entry of await entriesOf(each)) {
      const path = join(each, entry.name);
      if (entry.isDirectory()) folders.push(path);
      // It may be gone by now.
      const found = await lstat(path).catch(() => undefined);
      if (!found || counted.has(found.ino)) continue;
      if (found.nlink > 1 && !entry.isDirectory()) counted.add(found.ino);
      // What a file takes of the disk: one with holes is larger than that.
      bytes += found.blocks === undefined ? found.size : found.blocks * 512;
      if (bytes > limit) return true;
    }
  }
  return false;
}

function entriesOf(folder: string): Promise<Dirent[]> {
  return readdir(folder, { withFileTypes: true }).catch(() => []);
}
