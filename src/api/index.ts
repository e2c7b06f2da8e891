/** The door of api/: the verbs by which programs, workers and HTTP clients work with objects. */
export { capacity } from "./amounts.ts";
export { Api } from "./api.ts";
export { apply } from "./apply.ts";
export type { PatchOptions, RemoveOptions, WatchSelection } from "./call-options.ts";
export { calls } from "./calls.ts";
export { Client, type ClientParts } from "./client.ts";
export { manifestsAt } from "./manifest-files.ts";
export type { Manifest, Source } from "./manifest-source.ts";
export type {
  Caller,
  DeleteCallOptions,
  ListOptions,
  ObjectList,
  ObjectTarget,
  Target,
  WatchOptions,
  WriteOptions,
} from "./options.ts";
export type { PatchType } from "./patch.ts";
export type { Appliable } from "./put.ts";
export type { Reading, Readings } from "./readings.ts";
export { type ListSelection, nameSelectedBy } from "./selection.ts";
export { cellsOf, type Table } from "./table.ts";
export type { WaitOptions } from "./wait-for.ts";
export { WorkerCalls } from "./worker-calls.ts";
