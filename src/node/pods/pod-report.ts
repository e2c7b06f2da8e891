/**
 * Writes a pod's status to the store, when something in it has changed. Its own writes come back as changes of the pod: the
 * reporter tells them apart from writes of others, so that they wake nothing.
 */
import { isTrue, type Pod, type PodStatus } from "../../resources/index.ts";
import type { Author, RegistryVerbs } from "../../store/index.ts";

export class PodReporter {
  readonly #registry: RegistryVerbs;
  /** What the last report was made of. */
  #shown: readonly unknown[] = nothing;
  /** Whether it said that the pod is ready. */
  #isReady = false;
  /** The revisions that were seen while a report is under way; one of them is its own. */
  #heard: string[] | undefined;

  constructor(registry: RegistryVerbs) {
    this.#registry = registry;
  }

  /**
   * The pod has changed. Where another has written over what was reported, as who declares the pods of a silent node unready, it is
   * written again, though nothing here has changed.
   * @returns whether a report is under way, whose result says whether the change was its own
   */
  hears(pod: Pod): boolean {
    this.#heard?.push(pod.metadata.resourceVersion);
    if (this.#heard) return true;
    if (isTrue(pod, "Ready") !== this.#isReady) this.#shown = nothing;
    return false;
  }

  /**
   * Writes the status, unless `shows`, all that it is made of, is the same as the last time.
   * @returns whether the pod was changed by another writer meanwhile
   */
  async report(
    { metadata, spec }: Pod,
    shows: readonly unknown[],
    statusOf: (pod: Pod) => PodStatus,
    author: Author,
  ): Promise<boolean> {
    // Conditions that others write count too, where the pod waits for them.
    if (isSame(shows, this.#shown) && spec.readinessGates === undefined) return false;
    const heard: string[] = [];
    this.#heard = heard;
    try {
      const { object } = await this.#registry.modify(
        "Pod",
        metadata.namespace ?? "",
        metadata.name,
        pod => (pod.metadata.uid === metadata.uid ? { ...pod, status: statusOf(pod) } : undefined),
        { author, isChecked: true, subresource: "status" },
      );
      const isOthers = heard.some(revision => revision !== object.metadata.resourceVersion);
      this.#isReady = isTrue(object, "Ready");
      // A copy is as long as it has to be: a list that was spread together keeps room for more.
      this.#shown = isOthers ? nothing : shows.slice();
      return isOthers;
    } finally {
      this.#heard = undefined;
    }
  }
}

const nothing: readonly unknown[] = [];

function isSame(some: readonly unknown[], others: readonly unknown[]): boolean {
  return some.length === others.length && some.every((one, index) => one === others[index]);
}
