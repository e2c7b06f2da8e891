/** Objects that are encrypted in the files of a journal: instead of the object a text stands there, with the mark of the key, then base64. */
import type { KubernetesObject } from "../../../resources/index.ts";
import { EncryptionAtRest, type SealingOptions } from "../../encryption-at-rest.ts";
import type { ObjectKey } from "../../store.ts";
import type { SealedObject } from "./files.ts";

export class Sealing {
  readonly #options: SealingOptions | undefined;
  /** Whether something was read that would be written otherwise now. */
  isStale = false;

  constructor(options: SealingOptions | undefined) {
    this.#options = options;
  }

  seal<T extends KubernetesObject>(key: ObjectKey, object: T): T | SealedObject {
    if (!this.#options) return object;
    const { encryption, resourceOf } = this.#options;
    const resource = resourceOf(key);
    if (!encryption.seals(resource)) return object;
    return encryption.seal(resource, placeOf(key), JSON.stringify(object))?.toString("base64") ?? object;
  }

  /** Throws ServiceUnavailable where the key is not there that it was encrypted with. */
  open(key: ObjectKey, kept: KubernetesObject | SealedObject): KubernetesObject {
    const { encryption = noKeys } = this.#options ?? {};
    const bytes = typeof kept === "string" ? Buffer.from(kept, "base64") : undefined;
    const object = bytes ? (JSON.parse(encryption.open(placeOf(key), bytes)) as KubernetesObject) : kept;
    if (this.#options && !this.isStale)
      this.isStale = encryption.isStale(this.#options.resourceOf(key), bytes);
    return object as KubernetesObject;
  }
}

const noKeys = new EncryptionAtRest([], []);

function placeOf({ kind, namespace, name }: ObjectKey): string {
  return `${kind} ${namespace === "" ? "" : `${namespace}/`}${name}`;
}
