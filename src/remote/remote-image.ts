/**
 * What is known here of objects that an API server keeps: the image that every store has, fed by watches (kind-watch.ts). Watches of several kinds
 * are not told in one order, so revisions are counted here; an object's `resourceVersion` is the server's. Reads are answered from it at once,
 * as from any store; what no watch follows is not there.
 */
import type { Clock } from "../outside/index.ts";
import type { KubernetesObject } from "../resources/index.ts";
import {
  type Change,
  deepFreeze,
  Image,
  type ImageOptions,
  type ObjectKey,
  sharing,
} from "../store/index.ts";

/** Who wrote what a watch tells, the server does not say. */
const somebody = {
  actor: "api-server",
  user: "",
  manager: "kube-apiserver",
  cause: undefined,
} as const;

export interface RemoteImageOptions extends ImageOptions {
  readonly clock: Pick<Clock, "now">;
}

export class RemoteImage extends Image {
  readonly #clock: Pick<Clock, "now">;

  constructor({ clock, ...options }: RemoteImageOptions) {
    super({ historyLimit: 100, ...options });
    this.#clock = clock;
  }

  /** The object is like that, unless something newer is known of it. @param isBack whatever is known */
  set(key: ObjectKey, object: KubernetesObject, isBack = false): void {
    const last = this.get<string>(key.kind, key.namespace, key.name) as KubernetesObject | undefined;
    if (!last) {
      this.#happened("ADDED", key, object);
      return;
    }
    const isSameObject = last.metadata.uid === object.metadata.uid;
    if (isSameObject && last.metadata.resourceVersion === object.metadata.resourceVersion) return;
    if (!isBack && isOlder(object, last)) return;
    if (!isSameObject) {
      this.#happened("DELETED", key, last);
      this.#happened("ADDED", key, object);
      return;
    }
    // Who reads it compares parts by identity: what says the same is the same.
    const metadata = sharing(last.metadata, object.metadata);
    this.#happened("MODIFIED", key, sharing(last, { ...object, metadata }));
  }

  /** It is gone. @param object as it was last, where that is told */
  unset(key: ObjectKey, object?: KubernetesObject): void {
    const last = this.get<string>(key.kind, key.namespace, key.name) as KubernetesObject | undefined;
    if (!last) return;
    if (object && (object.metadata.uid !== last.metadata.uid || isOlder(object, last))) return;
    this.#happened("DELETED", key, object ?? last);
  }

  close(): void {
    this.end();
  }

  #happened(type: Change["type"], key: ObjectKey, object: KubernetesObject): void {
    this.apply(type, this.revision + 1, key, deepFreeze(object), this.#clock.now(), somebody);
  }
}

function isOlder({ metadata: one }: KubernetesObject, { metadata: other }: KubernetesObject): boolean {
  return Number(one.resourceVersion) < Number(other.resourceVersion);
}
