/** What the containers of one pod have reported, now and some seconds before: what happens how often is what lies between. */
import type { Pod } from "../../resources/index.ts";
import type { Series } from "../../worker/index.ts";
import type { Reported } from "../runtimes/index.ts";

export interface PodReport {
  readonly pod: Pod;
  readonly containers: readonly ContainerReport[];
}

export interface ContainerReport {
  readonly name: string;
  readonly now: Reported;
  /** Empty, and from when the container started, where there is nothing older. */
  readonly before: Reported;
}

/** What tells a series from others of its container. */
export function keyOf({ name, labels }: Series): string {
  return `${name}${JSON.stringify(labels)}`;
}
