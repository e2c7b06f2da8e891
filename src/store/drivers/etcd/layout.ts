/**
 * Where in etcd an object stands, and what is written there: both as kube-apiserver has it with `--storage-media-type=application/json`,
 * so that a real one, and etcd's own tools, find what they expect. An object is its JSON without the resourceVersion, for that is
 * the revision in which its key was written last.
 *
 * What we keep besides lies below `PREFIX/k4s/`, which no API server looks at: under the same prefix, so that one watch tells of all in
 * the order in which it happened, and a cluster goes with its prefix.
 */
import type { KindName, KubernetesObject } from "../../../resources/index.ts";
import { EncryptionAtRest, isSealed, type SealingOptions } from "../../encryption-at-rest.ts";
import type { ObjectKey } from "../../store.ts";
import { asServed } from "./older-forms.ts";

/** Where the objects of each kind lie, below the prefix; and which kind an object is of. */
export interface KindFolders {
  /** `pods`, `services/specs`, `stable.example.com/crontabs`. Undefined for a kind that is not known. */
  folderOf(kind: KindName): string | undefined;
  /** The name of the kind of an object that was found there; undefined where it is none that is kept here. */
  kindOf(object: Pick<KubernetesObject, "apiVersion" | "kind">): KindName | undefined;
  /** Whether a kind is kept in this folder. */
  isKnown(folder: string): boolean;
  /** Why an object that somebody has put there cannot be worked with; undefined where it can. */
  faultIn(kind: KindName, object: KubernetesObject): string | undefined;
}

/** What stands at a key. */
export interface Found {
  readonly key: ObjectKey;
  readonly object: KubernetesObject;
}

/** The version of what lies below `PREFIX/k4s/`, written at `PREFIX/k4s/layout`. */
export const layoutVersion = 1;

export class Layout {
  readonly prefix: string;
  /** Who made the last write: put with each. */
  readonly author: string;
  /** Counts what was left undecided: see epochs.ts. */
  readonly epoch: string;
  readonly version: string;
  /** There while what is below is not whole: see restoring.ts. */
  readonly restoring: string;
  readonly #kinds: KindFolders;
  readonly #own: string;
  readonly #sealing: SealingOptions | undefined;

  /** @param sealing what is encrypted; nothing where left out */
  constructor(prefix: string, kinds: KindFolders, sealing?: SealingOptions) {
    this.#sealing = sealing;
    this.prefix = `${prefix.replace(/\/+$/, "")}/`;
    this.#kinds = kinds;
    this.#own = `${this.prefix}k4s/`;
    this.author = `${this.#own}author`;
    this.epoch = `${this.#own}epoch`;
    this.version = `${this.#own}layout`;
    this.restoring = `${this.#own}restoring`;
  }

  /** That of a place which writes contend for. */
  placeOf(place: string): string {
    return `${this.#own}places/${place}`;
  }

  /** Written by whoever begins to lead. */
  leaderOf(of: string): string {
    return `${this.#own}leaders/${of}`;
  }

  isLeader(etcdKey: string): boolean {
    return etcdKey.startsWith(`${this.#own}leaders/`);
  }

  /** There while the program of this identity is. */
  presenceOf(identity: string): string {
    return `${this.#own}present/${identity}`;
  }

  isPresence(etcdKey: string): boolean {
    return etcdKey.startsWith(`${this.#own}present/`);
  }

  /** What all API servers of the cluster agree on. */
  sharedOf(name: string): string {
    return `${this.#own}shared/${name}`;
  }

  isOwn(etcdKey: string): boolean {
    return etcdKey.startsWith(this.#own);
  }

  /** Throws where the kind is not known. */
  keyOf({ kind, namespace, name }: ObjectKey): string {
    const folder = this.#kinds.folderOf(kind);
    if (folder === undefined) throw new Error(`where objects of the kind ${kind} are kept is not known`);
    return `${this.prefix}${folder}/${namespace === "" ? "" : `${namespace}/`}${name}`;
  }

  /** What is written at a key, in base64: encrypted where its kind is to be. */
  valueAt(etcdKey: string, key: ObjectKey, object: KubernetesObject): string {
    return this.#written(etcdKey, this.#sealing?.resourceOf(key), storedText(object));
  }

  /** The same for what API servers sign with: whoever reads that is as good as who reads Secrets. */
  secretAt(etcdKey: string, text: string): string {
    return this.#written(etcdKey, "secrets", text);
  }

  #written(etcdKey: string, resource: string | undefined, text: string): string {
    const sealed =
      resource === undefined ? undefined : this.#sealing?.encryption.seal(resource, etcdKey, text);
    return (sealed ?? Buffer.from(text)).toString("base64");
  }

  /**
   * What rules call that which stands at a key, where it is kept otherwise than it would be written now: in clear, or by an older key.
   * Undefined where it is well as it is.
   * @param key of the object there; undefined for what is ours
   */
  staleAs(etcdKey: string, base64: string, key: ObjectKey | undefined): string | undefined {
    if (!this.#sealing) return undefined;
    const { encryption, resourceOf } = this.#sealing;
    const resource = key ? resourceOf(key) : this.#isShared(etcdKey) ? "secrets" : undefined;
    if (resource === undefined) return undefined;
    const bytes = Buffer.from(base64, "base64");
    return encryption.isStale(resource, isSealed(bytes) ? bytes : undefined) ? resource : undefined;
  }

  /** The same text as it is written now. Throws ServiceUnavailable where it cannot be read. */
  anew(etcdKey: string, base64: string, resource: string): string {
    return this.#written(etcdKey, resource, this.textAt(etcdKey, base64));
  }

  #isShared(etcdKey: string): boolean {
    return etcdKey.startsWith(this.sharedOf(""));
  }

  /** The text of what stands at a key. Throws ServiceUnavailable where the key is not there that it was encrypted with. */
  textAt(etcdKey: string, base64 = ""): string {
    const bytes = Buffer.from(base64, "base64");
    if (!isSealed(bytes)) return bytes.toString("utf8");
    return (this.#sealing?.encryption ?? noKeys).open(etcdKey, bytes);
  }

  /**
   * The object that stands at a key, with its revision. Undefined for what is none of ours: kube-apiserver keeps more there
   * (`ranges`, `masterleases`), and kinds that are not known here.
   */
  objectAt(etcdKey: string, value: string, revision: number): Found | undefined {
    const object = parsed(value);
    if (!object) return undefined;
    const kind = this.#kinds.kindOf(object);
    if (kind === undefined) return undefined;
    const { namespace = "", name } = object.metadata;
    const place = `${namespace === "" ? "" : `${namespace}/`}${name}`;
    const folder = this.#kinds.folderOf(kind);
    // A custom kind is known by its definition, which may come later than its objects.
    const isThere =
      folder === undefined ? etcdKey.endsWith(`/${place}`) : etcdKey === `${this.prefix}${folder}/${place}`;
    if (!isThere) return undefined;
    const metadata = { ...object.metadata, resourceVersion: String(revision) };
    return { key: { kind, namespace, name }, object: { ...object, metadata } };
  }

  /** Why what stands at a key cannot be worked with; undefined where it can, and where it is none of ours to judge. */
  faultAt(etcdKey: string, text: string, found: Found | undefined): string | undefined {
    if (found) return this.#kinds.faultIn(found.key.kind, found.object);
    if (!isJson(text)) return "it is no JSON";
    const place = etcdKey.slice(this.prefix.length).split("/");
    const isOfOurs = [1, 2].some(parts => this.#kinds.isKnown(place.slice(0, -parts).join("/")));
    return isOfOurs
      ? "it is no object, with apiVersion, kind, name and uid, that has its place there"
      : undefined;
  }
}

const noKeys = new EncryptionAtRest([], []);

/** As it is written: without its revision. */
export function storedText(object: KubernetesObject): string {
  const { resourceVersion: _, ...metadata } = object.metadata;
  return `${JSON.stringify({ ...object, metadata })}\n`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function parsed(value: string): KubernetesObject | undefined {
  if (!value.startsWith("{")) return undefined;
  try {
    const object = JSON.parse(value) as Partial<KubernetesObject>;
    const { apiVersion, kind, metadata } = object;
    const isObject =
      typeof apiVersion === "string" && typeof kind === "string" && typeof metadata?.name === "string";
    return isObject && typeof metadata.uid === "string" ? asServed(object as KubernetesObject) : undefined;
  } catch {
    return undefined;
  }
}
