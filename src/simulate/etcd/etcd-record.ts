/**
 * What is committed to the etcd of a play, as the store's changes, read from etcd itself: so it does not depend on what any program makes
 * of it.
 */
import { KindRegistry, type KubernetesObject } from "../../resources/index.ts";
import { kindFolders, type ObjectKey } from "../../store/index.ts";
import type { RecordedChange } from "../record.ts";
import type { Commit } from "./played-etcd.ts";

const prefix = "/registry/";
/** Below it is what API servers keep besides objects. */
const ownPrefix = `${prefix}k4s/`;
const authorKey = `${ownPrefix}author`;

interface WrittenBy {
  readonly id: string;
  readonly at: number;
  readonly actor: string;
  readonly user: string;
  readonly manager: string;
  readonly cause?: number;
}

export class EtcdRecord {
  readonly #kinds = kindFolders(new KindRegistry());
  readonly #there = new Map<string, { readonly key: ObjectKey; readonly object: KubernetesObject }>();

  /** What it has changed of objects. */
  changesOf({ revision, events }: Commit): RecordedChange[] {
    const texts = events.map(({ type, kv }) => ({
      at: decoded(kv.key),
      text: type === "DELETE" ? undefined : decoded(kv.value),
    }));
    const author = texts.find(({ at }) => at === authorKey)?.text;
    const by = author === undefined ? unknown : (JSON.parse(author) as WrittenBy);
    return texts
      .filter(({ at }) => at.startsWith(prefix) && !at.startsWith(ownPrefix))
      .flatMap(({ at, text }) => this.#changeOf(at, text, revision, by) ?? []);
  }

  #changeOf(
    at: string,
    text: string | undefined,
    revision: number,
    { id, ...author }: WrittenBy,
  ): RecordedChange | undefined {
    const before = this.#there.get(at);
    const shared = { revision, ...author, program: id.split(" ")[0] ?? "" };
    if (text === undefined) {
      this.#there.delete(at);
      if (!before) return undefined;
      const { key, object: previous } = before;
      return { ...shared, type: "DELETED", key, object: withRevision(previous, revision), previous };
    }
    const stored = JSON.parse(text) as KubernetesObject;
    const kind = this.#kinds.kindOf(stored);
    if (kind === undefined) return undefined;
    const { namespace = "", name } = stored.metadata;
    const key = { kind, namespace, name };
    const object = withRevision(stored, revision);
    this.#there.set(at, { key, object });
    return before
      ? { ...shared, type: "MODIFIED", key, object, previous: before.object }
      : { ...shared, type: "ADDED", key, object };
  }
}

/** Written by no program of ours. */
const unknown: WrittenBy = { id: "", at: 0, actor: "etcd", user: "", manager: "" };

function withRevision(object: KubernetesObject, revision: number): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}

function decoded(base64 = ""): string {
  return Buffer.from(base64, "base64").toString("utf8");
}
