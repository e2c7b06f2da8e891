/**
 * The kinds that a cluster knows: those that are built in, and those that were defined while it ran. This is the one place
 * that reads the apiVersion and kind of an object, and where a kind is found by what it is called: `Pod`, `pods`, `po`,
 * `replicasets.apps`, or the parts of a path.
 */
import { ApiError, nearestName } from "../errors/index.ts";
import {
  apiVersionsOf,
  type KindDefinition,
  type KindVersion,
  type Subresource,
} from "./definition/index.ts";
import { builtInKinds } from "./kinds/index.ts";

/** What an apiVersion and a kind, a spelling or a path mean. */
export interface KindInVersion {
  readonly kind: KindDefinition;
  readonly version: KindVersion;
}

/** How an object names a kind: an owner's, a policy's parameters'. */
export interface KindReference {
  readonly apiVersion: string;
  readonly kind: string;
}

/** The parts of a path that name a kind: `/apis/GROUP/VERSION/…/PLURAL/NAME/SUBRESOURCE`. */
export interface ResourcePath {
  /** "" for Kubernetes' core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly subresource?: string;
}

export interface KindChange {
  readonly type: "defined" | "changed" | "removed";
  readonly kind: KindDefinition;
}

export class KindRegistry {
  readonly #byName = new Map<string, KindDefinition>();
  readonly #byKind = new Map<string, readonly KindDefinition[]>();
  readonly #byPlural = new Map<string, readonly KindInVersion[]>();
  readonly #bySpelling = new Map<string, readonly KindInVersion[]>();
  /** The names of kinds that were known and are no more. */
  readonly #removed = new Set<string>();
  readonly #listeners = new Set<(change: KindChange) => void>();

  constructor(kinds: readonly KindDefinition[] = builtInKinds) {
    for (const kind of kinds) this.define(kind);
  }

  /** In the order in which they were defined. */
  get all(): KindDefinition[] {
    return [...this.#byName.values()];
  }

  /** Makes a kind known, or replaces the one of the same name. */
  define(kind: KindDefinition): KindDefinition {
    const before = this.#byName.get(kind.name);
    if (before) this.#forget(before);
    this.#byName.set(kind.name, kind);
    this.#removed.delete(kind.name);
    add(this.#byKind, kind.kind, kind);
    for (const version of kind.versions.filter(({ served }) => served)) {
      const meant = { kind, version };
      add(this.#byPlural, kind.plural, meant);
      for (const spelling of spellingsOf(meant)) add(this.#bySpelling, spelling, meant);
    }
    this.#tell({ type: before ? "changed" : "defined", kind });
    return kind;
  }

  /** Makes a kind unknown again. Objects of it are the caller's to remove first. */
  remove(name: string): void {
    const kind = this.#byName.get(name);
    if (!kind) return;
    this.#forget(kind);
    this.#removed.add(name);
    this.#tell({ type: "removed", kind });
  }

  /** Whether a kind of this very name was known, and is no more: there are no objects of it. */
  wasRemoved(name: string): boolean {
    return this.#removed.has(name);
  }

  /** Tells of each kind that is defined, changed or removed from now on. Returns what ends it. */
  onChange(listener: (change: KindChange) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** The kind of this very name, as the store has it: `Pod`, `Widget.example.com`. */
  get(name: string): KindDefinition | undefined {
    return this.#byName.get(name);
  }

  /** The kind of an object. `apiVersion` may be left out where the kind has one meaning. Throws BadRequest. */
  of(object: { readonly apiVersion?: string; readonly kind: string }): KindDefinition {
    return this.inVersion(object).kind;
  }

  /** The same, and the version that the object is in; the one in which it is kept where it does not say. */
  inVersion(object: { readonly apiVersion?: string; readonly kind: string }): KindInVersion {
    // Programs in JavaScript may hand in anything.
    const { apiVersion, kind } = (object ?? {}) as Partial<typeof object>;
    if (typeof kind !== "string")
      throw new ApiError(
        "BadRequest",
        "an object is wanted: { apiVersion, kind, metadata, … }, its kind as text",
      );
    const all = this.#byKind.get(kind) ?? none;
    const [only, another] = all;
    if (apiVersion === undefined || apiVersion === "") {
      if (!only) throw this.#unknown(kind);
      if (another) throw ambiguous(kind, all);
      return { kind: only, version: only.versions[0] };
    }
    const found = this.served({ apiVersion, kind });
    if (found) return found;
    if (!only) throw this.#unknown(kind, ` in apiVersion ${apiVersion}`);
    const hint = all.flatMap(apiVersionsOf).join(" or ");
    throw new ApiError("BadRequest", `no kind "${kind}" in apiVersion ${apiVersion}: it is in ${hint}`, {
      kind,
    });
  }

  /** The kind of exactly this apiVersion and kind; undefined where none is served. */
  served({ apiVersion, kind }: KindReference): KindInVersion | undefined {
    for (const candidate of this.#byKind.get(kind) ?? none) {
      const version = candidate.versions.find(each => each.apiVersion === apiVersion && each.served);
      if (version) return { kind: candidate, version };
    }
    return undefined;
  }

  /**
   * The kind that is called so: by kind, plural, singular or short name, in any case, with its group behind a dot or its
   * apiVersion before a slash. Throws NotFound, with the nearest name, or BadRequest where several are meant.
   */
  find(spelling: string): KindDefinition {
    return this.#byName.get(spelling) ?? this.findVersion(spelling).kind;
  }

  /** The same, and the version that the spelling names; the one in which objects are kept where it names none. */
  findVersion(spelling: string): KindInVersion {
    const exact = this.#byName.get(spelling);
    if (exact) return { kind: exact, version: exact.versions[0] };
    const found = this.#bySpelling.get(spelling.toLowerCase()) ?? none;
    const [first] = found;
    if (!first) throw this.#unknown(spelling);
    if (found.every(({ kind }) => kind === first.kind)) return first;
    // The core group comes before the others, as in kubectl; between two of those there is no choice.
    const core = found.find(({ kind }) => kind.group === "");
    if (core) return core;
    throw ambiguous(spelling, [...new Set(found.map(({ kind }) => kind))]);
  }

  /** The kind, version and subresource that a path names; undefined where there is no such resource. */
  at({
    group,
    version,
    plural,
    subresource,
  }: ResourcePath): (KindInVersion & { readonly subresource?: Subresource }) | undefined {
    const found = this.#byPlural
      .get(plural)
      ?.find(each => each.version.group === group && each.version.version === version);
    if (!found || subresource === undefined) return found;
    const part = found.kind.subresources.find(({ name }) => name === subresource);
    return part && { ...found, subresource: part };
  }

  #forget(kind: KindDefinition): void {
    this.#byName.delete(kind.name);
    take(this.#byKind, kind.kind, each => each === kind);
    take(this.#byPlural, kind.plural, each => each.kind === kind);
    for (const version of kind.versions) {
      for (const spelling of spellingsOf({ kind, version }))
        take(this.#bySpelling, spelling, each => each.kind === kind);
    }
  }

  #tell(change: KindChange): void {
    for (const listener of [...this.#listeners]) listener(change);
  }

  #unknown(spelling: string, where = ""): ApiError {
    const names = this.all.flatMap(({ kind, plural, shortNames }) => [kind, plural, ...shortNames]);
    // `pods.apps` and `apps/v1/Pod` name a group or a version that the kind may not be in.
    const [name = spelling] = (spelling.split("/").at(-1) ?? spelling).split(".", 1);
    const nearest = nearestName(spelling, names) ?? nearestName(name, names);
    const meant = nearest === undefined ? undefined : this.find(nearest);
    const itsPlace =
      name === spelling || where !== "" || !meant
        ? ""
        : `, which is in ${apiVersionsOf(meant).join(" and ")}`;
    const hint = meant
      ? `did you mean ${meant.kind}${itsPlace}?`
      : `known are ${this.all.map(({ name }) => name).join(", ")}`;
    return new ApiError("NotFound", `no kind "${spelling}"${where}; ${hint}`, { kind: spelling });
  }
}

const none: readonly never[] = [];

function add<T>(map: Map<string, readonly T[]>, key: string, value: T): void {
  map.set(key, [...(map.get(key) ?? none), value]);
}

function take<T>(map: Map<string, readonly T[]>, key: string, isGone: (value: T) => boolean): void {
  const left = (map.get(key) ?? none).filter(value => !isGone(value));
  if (left.length > 0) map.set(key, left);
  else map.delete(key);
}

/** Everything that a kind is called in one of its versions, in lower case. */
function spellingsOf({ kind: definition, version }: KindInVersion): Set<string> {
  const { kind, plural, singular, shortNames } = definition;
  const names = [kind, plural, singular, ...shortNames].map(name => name.toLowerCase());
  const { group } = version;
  const withGroup = group
    ? names.flatMap(name => [`${name}.${group}`, `${name}.${version.version}.${group}`])
    : [];
  const withVersion = names.map(name => `${version.apiVersion}/${name}`.toLowerCase());
  return new Set([...names, ...withGroup, ...withVersion]);
}

function ambiguous(spelling: string, kinds: readonly KindDefinition[]): ApiError {
  const list = kinds.map(({ plural, group }) => (group ? `${plural}.${group}` : plural)).join(" or ");
  return new ApiError("BadRequest", `"${spelling}" means several kinds: say ${list}`, { kind: spelling });
}
