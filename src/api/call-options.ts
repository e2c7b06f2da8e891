/** The options of the calls of the API that have several. */
import type { DeleteOptions } from "../store/index.ts";
import type { PatchType } from "./patch.ts";
import type { ListSelection } from "./selection.ts";

export interface PatchOptions {
  /** Where the object is. Default: `default`; for a worker, the namespace of its pod. */
  readonly namespace?: string;
  /**
   * `merge` (RFC 7386) unless said otherwise; `json` (RFC 6902) takes a list of operations; `strategic` as kubectl's. `apply` is
   * server-side apply: the patch says all that the caller wants of the object, which is created where it is not there.
   */
  readonly type?: PatchType;
  /** Of an apply: takes fields that others own and want otherwise, instead of failing with Conflict. */
  readonly force?: boolean;
}

export interface RemoveOptions extends DeleteOptions {
  /** Where the object is. Default: `default`; for a worker, the namespace of its pod. */
  readonly namespace?: string;
}

export interface WatchSelection extends ListSelection {
  /** Only what came after this revision, instead of all that is there first. */
  readonly resourceVersion?: string;
  /** Ends the watch. */
  readonly signal?: AbortSignal;
  /** How many events may wait to be read before the watch ends with Expired. Default 10,000. */
  readonly limit?: number;
}

/** What is deleted, and how. */
export interface CollectionOptions
  extends ListSelection,
    Pick<DeleteOptions, "gracePeriodSeconds" | "propagationPolicy"> {}
