/** What a check of the Pod Security Standards looks at and answers, and the words that Kubernetes' checks share. */
import type { ObjectMeta, PodSpec } from "../../resources/index.ts";

export interface Violation {
  /** `privileged` */
  readonly reason: string;
  /** `container "app" must not set securityContext.privileged=true` */
  readonly detail: string;
}

interface Subject {
  readonly metadata: Partial<ObjectMeta>;
  readonly spec: PodSpec;
  readonly containers: readonly PodContainer[];
}

export type PodContainer = NonNullable<PodSpec["containers"]>[number];
export type Check = (subject: Subject) => Violation | undefined;

export function quoted(names: readonly string[]): string {
  return names.map(name => JSON.stringify(name)).join(", ");
}

export function plural(one: string, many: string, count: number): string {
  return count === 1 ? one : many;
}

export function containersNamed(containers: readonly Pick<PodContainer, "name">[]): string {
  return `${plural("container", "containers", containers.length)} ${quoted(containers.map(({ name }) => name))}`;
}

export function sortedSet(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}

/** The pod itself, the containers, or both, as those that say something. */
export function setters(isPod: boolean, containers: readonly PodContainer[]): string | undefined {
  const parts = [...(isPod ? ["pod"] : []), ...(containers.length > 0 ? [containersNamed(containers)] : [])];
  return parts.length > 0 ? parts.join(" and ") : undefined;
}
