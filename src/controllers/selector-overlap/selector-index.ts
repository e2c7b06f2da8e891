/**
 * Finds, among workloads, one whose selector chooses the pods of another. A selector stands under the rarest of the labels that it asks
 * for, and the labels of a template under each, so that one of thousands is compared with the few that share a label with it.
 */
import {
  equalitiesIn,
  type LabelSelector,
  type Labels,
  matchesSelector,
  requirementsOf,
} from "../../resources/index.ts";

/** What chooses pods, and makes pods with these labels. */
export interface Selecting {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** In milliseconds since 1970. */
  readonly createdAt: number;
  readonly selector: LabelSelector;
  readonly labels: Labels;
}

/** Those that stand under each text. */
class Places {
  readonly #there = new Map<string, Set<Selecting>>();

  at(place: string): ReadonlySet<Selecting> {
    return this.#there.get(place) ?? nothing;
  }

  add(place: string, each: Selecting): void {
    const there = this.#there.get(place);
    if (there) there.add(each);
    else this.#there.set(place, new Set([each]));
  }

  remove(place: string, each: Selecting): void {
    const there = this.#there.get(place);
    there?.delete(each);
    if (there?.size === 0) this.#there.delete(place);
  }

  /** The one under which the fewest stand. */
  rarest(places: readonly string[]): string | undefined {
    const [first, ...others] = places;
    return others.reduce((best, place) => {
      return best !== undefined && this.at(place).size < this.at(best).size ? place : best;
    }, first);
  }
}

const nothing: ReadonlySet<Selecting> = new Set();

export class SelectorIndex {
  readonly #byUid = new Map<string, { readonly each: Selecting; readonly place: string }>();
  readonly #uids = new Map<string, string>();
  readonly #bySelector = new Places();
  readonly #byLabel = new Places();

  has(uid: string): boolean {
    return this.#byUid.has(uid);
  }

  put(each: Selecting): void {
    this.remove(each);
    const place = this.#bySelector.rarest(askedBy(each)) ?? each.namespace;
    this.#byUid.set(each.uid, { each, place });
    this.#uids.set(textOf(each), each.uid);
    this.#bySelector.add(place, each);
    for (const label of labelsOf(each)) this.#byLabel.add(label, each);
  }

  remove({ uid }: Pick<Selecting, "uid">): void {
    const known = this.#byUid.get(uid);
    if (!known) return;
    this.#byUid.delete(uid);
    this.#uids.delete(textOf(known.each));
    this.#bySelector.remove(known.place, known.each);
    for (const label of labelsOf(known.each)) this.#byLabel.remove(label, known.each);
  }

  /** Returns the uid of what had the name. */
  removeNamed(named: Pick<Selecting, "kind" | "namespace" | "name">): string | undefined {
    const uid = this.#uids.get(textOf(named));
    if (uid !== undefined) this.remove({ uid });
    return uid;
  }

  /** The first that chooses its pods, or whose pods it chooses. */
  overlapping(each: Selecting): Selecting | undefined {
    for (const place of labelsOf(each))
      for (const other of this.#bySelector.at(place))
        if (other.uid !== each.uid && matchesSelector(other.selector, each.labels)) return other;
    const asked = this.#byLabel.rarest(askedBy(each)) ?? each.namespace;
    for (const other of this.#byLabel.at(asked))
      if (other.uid !== each.uid && matchesSelector(each.selector, other.labels)) return other;
    return undefined;
  }
}

function textOf({ kind, namespace, name }: Pick<Selecting, "kind" | "namespace" | "name">): string {
  return `${kind} ${namespace} ${name}`;
}

/** Where one may stand that it asks for. */
function askedBy({ namespace, selector }: Selecting): string[] {
  return placesOf(namespace, equalitiesIn(requirementsOf(selector)));
}

/** Where its labels stand, and the namespace, where all do. */
function labelsOf({ namespace, labels }: Selecting): string[] {
  return [...placesOf(namespace, labels), namespace];
}

function placesOf(namespace: string, labels: Labels): string[] {
  return Object.entries(labels).map(([key, value]) => `${namespace} ${key} ${value}`);
}
