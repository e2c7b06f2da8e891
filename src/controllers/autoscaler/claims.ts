/**
 * Which autoscalers claim which pods, by the selectors of their targets: a pod must have one. As in Kubernetes each autoscaler notes
 * its claim when it looks, so a thousand of them need not read each other's targets; those that there are already when the first one
 * looks are noted then. A claim stands under one label that it asks for, the rarest among claims; what asks for none is asked each time.
 */
import { hasReason } from "../../errors/index.ts";
import type { Reader } from "../../loop/index.ts";
import {
  equalitiesIn,
  type HorizontalPodAutoscaler,
  type KindDefinition,
  type LabelRequirement,
  matchesRequirements,
  type NamespacedName,
  namespacedName,
  type Pod,
  parseLabelSelector,
} from "../../resources/index.ts";
import { targetOf } from "./scale-target.ts";

interface Claim {
  readonly namespace: string;
  readonly name: string;
  readonly requirements: readonly LabelRequirement[];
  /** Where it stands. */
  readonly place: string;
}

export class Claims {
  readonly #byAutoscaler = new Map<string, Claim>();
  readonly #byPlace = new Map<string, Set<Claim>>();
  #isFilled = false;

  /** Notes those that are there, when it is called first. */
  fill(kinds: () => readonly KindDefinition[], reader: Reader): void {
    if (this.#isFilled) return;
    this.#isFilled = true;
    for (const each of reader.list("HorizontalPodAutoscaler")) this.note(each, kinds(), reader);
  }

  /** Notes which pods the target of an autoscaler has now: those of none where it is not there. */
  note(autoscaler: HorizontalPodAutoscaler, kinds: readonly KindDefinition[], reader: Reader): void {
    const target = targetOf(autoscaler, kinds, reader);
    this.put(autoscaler.metadata, "problem" in target ? "" : target.selector);
  }

  /** @param selector as text, as a scale shows it; "" claims nothing */
  put({ namespace = "", name }: NamespacedName, selector: string): void {
    this.remove({ namespace, name });
    const requirements = selector === "" ? undefined : readSelector(selector);
    if (!requirements) return;
    const labels = Object.entries(equalitiesIn(requirements)).map(label => placeOf(namespace, label));
    const place = this.#rarest(labels) ?? placeOf(namespace);
    const claim = { namespace, name, requirements, place };
    this.#byAutoscaler.set(namespacedName(claim), claim);
    const there = this.#byPlace.get(place);
    if (there) there.add(claim);
    else this.#byPlace.set(place, new Set([claim]));
  }

  remove(autoscaler: NamespacedName): void {
    const key = namespacedName(autoscaler);
    const claim = this.#byAutoscaler.get(key);
    if (!claim) return;
    this.#byAutoscaler.delete(key);
    const there = this.#byPlace.get(claim.place);
    there?.delete(claim);
    if (there?.size === 0) this.#byPlace.delete(claim.place);
  }

  /** The autoscalers of the namespace that claim one of these pods, by name. */
  of(pods: readonly Pod[], namespace: string): string[] {
    const found = new Set<Claim>();
    for (const pod of pods) {
      const labels = Object.entries(pod.metadata.labels ?? {}).map(label => placeOf(namespace, label));
      for (const place of [placeOf(namespace), ...labels])
        for (const claim of this.#byPlace.get(place) ?? [])
          if (!found.has(claim) && matchesRequirements(claim.requirements, pod)) found.add(claim);
    }
    return [...found].map(namespacedName).sort();
  }

  #rarest(places: readonly string[]): string | undefined {
    const count = (place: string) => this.#byPlace.get(place)?.size ?? 0;
    return places.reduce<string | undefined>(
      (best, place) => (best === undefined || count(place) < count(best) ? place : best),
      undefined,
    );
  }
}

/** None of these texts has a blank. */
function placeOf(namespace: string, [key, value] = ["", ""] as [string, string]): string {
  return `${namespace} ${key} ${value}`;
}

/** Undefined where it cannot be read: a kind of a user's own may show what it likes, and that is its own autoscaler's to tell. */
function readSelector(selector: string): LabelRequirement[] | undefined {
  try {
    return parseLabelSelector(selector);
  } catch (error) {
    if (hasReason(error, "BadRequest")) return undefined;
    throw error;
  }
}
