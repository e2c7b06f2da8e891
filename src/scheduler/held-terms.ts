/**
 * The terms of affinity that placed pods hold: which pods each of them wants near or away, and where its holders are. Anti-affinity
 * holds both ways, and so does what a pod prefers; so a pod that is to be placed is held against the terms of all others. Pods of
 * one sort hold the same terms: those are kept once, with a tally of their holders.
 */
import type { Pod, PodAffinityTerm } from "../resources/index.ts";
import { LabelIndex } from "./label-index.ts";
import { type NamespaceLabels, type PodSelection, selectedByTerm } from "./pod-selection.ts";
import { type Place, Tally } from "./tally.ts";

/** Whether a holder insists on its term, and whether it wants the others near or away. */
type TermKind = "requiredAffinity" | "requiredAntiAffinity" | "preferredAffinity" | "preferredAntiAffinity";

export interface HeldTerm {
  readonly kind: TermKind;
  /** How much a preferred one counts, from 1 to 100; 0 for a required one. */
  readonly weight: number;
  readonly topologyKey: string;
  readonly selection: PodSelection;
  /** Where those are that hold it. */
  readonly holders: Tally;
}

export class HeldTerms {
  readonly #labelsOf: NamespaceLabels;
  readonly #terms = new Map<string, HeldTerm>();
  readonly #index = new LabelIndex<HeldTerm>();
  /** What each pod holds, by its uid; those that hold none are not in it. */
  readonly #byHolder = new Map<string, readonly string[]>();

  constructor(labelsOf: NamespaceLabels) {
    this.#labelsOf = labelsOf;
  }

  add(pod: Pod, place: Place): void {
    if (!pod.spec.affinity?.podAffinity && !pod.spec.affinity?.podAntiAffinity) return;
    const keys: string[] = [];
    for (const { kind, weight, term } of termsOf(pod)) {
      const selection = selectedByTerm(term, pod, this.#labelsOf);
      const key = `${kind} ${weight} ${term.topologyKey} ${selection.key}`;
      let held = this.#terms.get(key);
      if (!held) {
        held = { kind, weight, topologyKey: term.topologyKey, selection, holders: new Tally() };
        this.#terms.set(key, held);
        this.#index.add(selection.label, held);
      }
      held.holders.add(place, 1);
      keys.push(key);
    }
    if (keys.length > 0) this.#byHolder.set(pod.metadata.uid, keys);
  }

  remove({ metadata: { uid } }: Pod, place: Place): void {
    for (const key of this.#byHolder.get(uid) ?? []) {
      const held = this.#terms.get(key);
      held?.holders.add(place, -1);
      if (!held?.holders.isEmpty) continue;
      this.#terms.delete(key);
      this.#index.delete(held.selection.label, held);
    }
    this.#byHolder.delete(uid);
  }

  /** The terms of others that are about this pod. */
  about(pod: Pod): readonly HeldTerm[] {
    if (this.#terms.size === 0) return [];
    const found: HeldTerm[] = [];
    for (const held of this.#index.about(pod.metadata.labels))
      if (held.selection.matches(pod)) found.push(held);
    return found;
  }

  forgetDomains(): void {
    for (const { holders } of this.#terms.values()) holders.forgetDomains();
  }
}

interface OwnTerm {
  readonly kind: TermKind;
  readonly weight: number;
  readonly term: PodAffinityTerm;
}

/** All terms of a pod's affinity and anti-affinity. */
export function termsOf({ spec }: Pod): readonly OwnTerm[] {
  const { podAffinity: near, podAntiAffinity: away } = spec.affinity ?? {};
  const required = (kind: TermKind, terms: readonly PodAffinityTerm[] = []) =>
    terms.map(term => ({ kind, weight: 0, term }));
  const preferred = (
    kind: TermKind,
    terms: NonNullable<typeof near>["preferredDuringSchedulingIgnoredDuringExecution"] = [],
  ) => terms.map(({ weight, podAffinityTerm: term }) => ({ kind, weight, term }));
  return [
    ...required("requiredAffinity", near?.requiredDuringSchedulingIgnoredDuringExecution),
    ...required("requiredAntiAffinity", away?.requiredDuringSchedulingIgnoredDuringExecution),
    ...preferred("preferredAffinity", near?.preferredDuringSchedulingIgnoredDuringExecution),
    ...preferred("preferredAntiAffinity", away?.preferredDuringSchedulingIgnoredDuringExecution),
  ];
}
