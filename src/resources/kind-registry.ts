/**
 * The kinds that a cluster knows: those that are built in, and those that were defined while it ran. Whoever names a
 * kind, as `Pod`, `pods`, `po`, `replicasets.apps` or by apiVersion and kind, is answered here.
 */
import { ApiError, nearestName } from "../errors/index.ts";
import type { KindDefinition } from "./kind.ts";
import { container } from "./kinds/container-kind.ts";
import { endpointslice } from "./kinds/endpointslice.ts";
import { event } from "./kinds/event.ts";
import { namespace } from "./kinds/namespace.ts";
import { node } from "./kinds/node.ts";
import { pod } from "./kinds/pod.ts";
import { replicaset } from "./kinds/replicaset.ts";
import { runtimeclass } from "./kinds/runtimeclass.ts";
import { service } from "./kinds/service.ts";

/** A kind whatever the type of its objects: the rules of a kind are only ever given objects of that kind. */
type AnyKind = KindDefinition;

export const builtInKinds = [
  container,
  endpointslice,
  event,
  namespace,
  node,
  pod,
  replicaset,
  runtimeclass,
  service,
] as readonly unknown[] as readonly AnyKind[];

export class KindRegistry {
  readonly #byName = new Map<string, AnyKind>();
  readonly #bySpelling = new Map<string, AnyKind[]>();

  constructor(kinds: readonly AnyKind[] = builtInKinds) {
    for (const kind of kinds) this.define(kind);
  }

  /** In the order in which they were defined. */
  get all(): AnyKind[] {
    return [...this.#byName.values()];
  }

  /**
   * Makes a kind known, or replaces the one of the same group and kind. Where the bare name is taken by another group, it
   * is known by its name with the group: `Widget.example.com`. Returns the kind as it is known.
   */
  define(definition: AnyKind): AnyKind {
    const { kind, group } = definition;
    const before = this.all.find(other => other.kind === kind && other.group === group);
    const holder = this.#byName.get(kind);
    const isTaken = holder !== undefined && holder !== before;
    const name = before?.name ?? (isTaken ? `${kind}.${group}` : kind);
    const known = name === definition.name ? definition : renamed(definition, name);
    if (before) this.#forget(before);
    this.#byName.set(name, known);
    for (const spelling of spellingsOf(known)) {
      const others = this.#bySpelling.get(spelling) ?? [];
      this.#bySpelling.set(spelling, [...others, known]);
    }
    return known;
  }

  /** Makes a kind unknown again. Objects of it are the caller's to remove first. */
  remove(name: string): void {
    const kind = this.#byName.get(name);
    if (kind) this.#forget(kind);
  }

  /** The kind of this very name, as the store has it: `Pod`, `Widget.example.com`. */
  get(name: string): AnyKind | undefined {
    return this.#byName.get(name);
  }

  /** The kind of an object. `apiVersion` may be left out where the kind has one meaning. Throws BadRequest. */
  of(object: { readonly apiVersion?: string; readonly kind: string }): AnyKind {
    // Whoever writes JavaScript may hand in anything.
    const { apiVersion, kind } = (object ?? {}) as Partial<typeof object>;
    if (typeof kind !== "string")
      throw new ApiError(
        "BadRequest",
        "an object is wanted: { apiVersion, kind, metadata, … }, its kind as text",
      );
    const all = this.all.filter(other => other.kind === kind);
    if (apiVersion === undefined) {
      const [only, another] = all;
      if (only && !another) return only;
      if (another) throw ambiguous(kind, all);
      throw this.#unknown(kind);
    }
    const found = all.find(other => apiVersionOf(other) === apiVersion);
    if (found) return found;
    const [right] = all;
    if (!right) throw this.#unknown(kind, ` in apiVersion ${apiVersion}`);
    const hint = all.map(apiVersionOf).join(" or ");
    throw new ApiError("BadRequest", `no kind "${kind}" in apiVersion ${apiVersion}: it is in ${hint}`, {
      kind,
    });
  }

  /**
   * The kind that somebody calls so: by kind, plural, singular or short name, in any case, with its group behind a dot or
   * its apiVersion before a slash. Throws NotFound, with the nearest name, or BadRequest where several are meant.
   */
  find(spelling: string): AnyKind {
    const exact = this.#byName.get(spelling);
    if (exact) return exact;
    const found = this.#bySpelling.get(spelling.toLowerCase()) ?? [];
    const [first] = found;
    if (!first) throw this.#unknown(spelling);
    if (found.length === 1) return first;
    // The core group comes before the others, as in kubectl; between two of those nobody can choose.
    const core = found.find(({ group }) => group === "");
    if (core) return core;
    throw ambiguous(spelling, found);
  }

  #forget(kind: AnyKind): void {
    this.#byName.delete(kind.name);
    for (const spelling of spellingsOf(kind)) {
      const others = (this.#bySpelling.get(spelling) ?? []).filter(other => other !== kind);
      if (others.length > 0) this.#bySpelling.set(spelling, others);
      else this.#bySpelling.delete(spelling);
    }
  }

  #unknown(spelling: string, where = ""): ApiError {
    const names = this.all.flatMap(({ kind, plural, shortNames }) => [kind, plural, ...shortNames]);
    const nearest = nearestName(spelling, names);
    const meant = nearest === undefined ? undefined : this.find(nearest).kind;
    const hint = meant
      ? `did you mean ${meant}?`
      : `known are ${this.all.map(({ name }) => name).join(", ")}`;
    return new ApiError("NotFound", `no kind "${spelling}"${where}; ${hint}`, { kind: spelling });
  }
}

/** `v1`, `apps/v1`. */
export function apiVersionOf({ group, version }: Pick<KindDefinition, "group" | "version">): string {
  return group ? `${group}/${version}` : version;
}

/** Everything a kind is called, in lower case. */
function spellingsOf(definition: AnyKind): Set<string> {
  const { kind, plural, singular, shortNames, group, version } = definition;
  const names = [kind, plural, singular, ...shortNames].map(name => name.toLowerCase());
  const withGroup = group ? names.flatMap(name => [`${name}.${group}`, `${name}.${version}.${group}`]) : [];
  const withVersion = names.map(name => `${apiVersionOf(definition)}/${name}`.toLowerCase());
  return new Set([...names, ...withGroup, ...withVersion]);
}

function renamed(definition: AnyKind, name: string): AnyKind {
  // Not a spread: that would read the schema of a kind nobody has asked for yet.
  return Object.create(definition, { name: { value: name, enumerable: true } }) as AnyKind;
}

function ambiguous(spelling: string, kinds: readonly AnyKind[]): ApiError {
  const list = kinds.map(({ plural, group }) => (group ? `${plural}.${group}` : plural)).join(" or ");
  return new ApiError("BadRequest", `"${spelling}" means several kinds: say ${list}`, { kind: spelling });
}
