/**
 * Which volumes of drivers are attached to a node, staged on it or shown to a pod, as far as this process has asked for it. A driver is to
 * delete none of these, whatever became of the objects that told of them: what is gone from the API may still be mounted.
 */
import { Deferred } from "../outside/index.ts";
import type { Rpc } from "./driver.ts";

interface Place {
  readonly volumeId?: string;
  readonly nodeId?: string;
  readonly targetPath?: string;
  readonly stagingTargetPath?: string | undefined;
  readonly secrets?: Readonly<Record<string, string>> | undefined;
}

interface InUse {
  readonly driver: string;
  readonly rpc: Rpc;
  readonly request: Place;
}

/** By what it names the place where the volume is. */
const begins: Partial<Record<Rpc, (request: Place) => string>> = {
  controllerPublishVolume: ({ nodeId }) => `on ${nodeId}`,
  nodeStageVolume: ({ stagingTargetPath }) => `${stagingTargetPath}`,
  nodePublishVolume: ({ targetPath }) => `${targetPath}`,
};
const ends: typeof begins = {
  controllerUnpublishVolume: begins.controllerPublishVolume,
  nodeUnstageVolume: begins.nodeStageVolume,
  nodeUnpublishVolume: begins.nodePublishVolume,
};

const order = ["nodePublishVolume", "nodeStageVolume", "controllerPublishVolume"] as const;
const endOf = {
  nodePublishVolume: "nodeUnpublishVolume",
  nodeStageVolume: "nodeUnstageVolume",
  controllerPublishVolume: "controllerUnpublishVolume",
} as const;

/** Each call reads of the request what it needs. */
interface End {
  readonly rpc: (typeof endOf)[keyof typeof endOf];
  readonly request: Required<Omit<Place, "secrets">> &
    Pick<Place, "secrets"> & { readonly stagingTargetPath: string };
}

/** Where a volume is. */
export interface VolumeUse {
  readonly driver: string;
  readonly volumeId: string;
  /** What ends its use, in the order in which that is to be asked for. */
  readonly steps: readonly End[];
}

export class VolumesInUse {
  /** By driver and volume, then by place. */
  readonly #volumes = new Map<string, Map<string, InUse>>();
  /** By driver and volume: where it is waited for that it is nowhere any more. */
  readonly #leaving = new Map<string, Deferred<void>>();

  /** Before the call is made: one that fails may have done its work. */
  before(driver: string, rpc: Rpc, request: Place): void {
    const place = begins[rpc]?.(request);
    if (place === undefined) return;
    const key = keyOf(driver, request);
    const places = this.#volumes.get(key) ?? new Map<string, InUse>();
    this.#volumes.set(key, places.set(place, { driver, rpc, request }));
  }

  /** Resolves when the volume is nowhere any more; undefined where it is nowhere. */
  left(driver: string, request: Place): Promise<void> | undefined {
    const key = keyOf(driver, request);
    if (!this.#volumes.has(key)) return undefined;
    const leaving = this.#leaving.get(key) ?? new Deferred<void>();
    this.#leaving.set(key, leaving);
    return leaving.promise;
  }

  /** After the driver has done it. */
  done(driver: string, rpc: Rpc, request: Place): void {
    const place = ends[rpc]?.(request);
    if (place === undefined) return;
    const key = keyOf(driver, request);
    const places = this.#volumes.get(key);
    places?.delete(place);
    if (places?.size !== 0) return;
    this.#volumes.delete(key);
    this.#leaving.get(key)?.resolve();
    this.#leaving.delete(key);
  }

  *ends(): Generator<VolumeUse> {
    for (const places of this.#volumes.values()) {
      const all = [...places.values()];
      const steps = order.flatMap(rpc =>
        all.flatMap(({ driver, rpc: begun, request }) => {
          const { volumeId = "", nodeId = "", targetPath = "", stagingTargetPath = "", secrets } = request;
          const end = {
            rpc: endOf[rpc],
            request: { volumeId, nodeId, targetPath, stagingTargetPath, secrets },
          };
          return begun === rpc ? [{ driver, ...end }] : [];
        }),
      );
      const [first] = steps;
      if (first) yield { driver: first.driver, volumeId: first.request.volumeId, steps };
    }
  }
}

function keyOf(driver: string, { volumeId }: Place): string {
  return `${driver}/${volumeId}`;
}
