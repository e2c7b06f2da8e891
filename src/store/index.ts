/** The door of store/: the port and its drivers, the registry through which everything is written, watches, and why. */

export {
  diskFolder,
  type EtcdConnection,
  type EtcdConnectionOptions,
  type EtcdEvent,
  EtcdFault,
  type EtcdOptions,
  EtcdStore,
  heldFolder,
  Image,
  type ImageOptions,
  isJournalBegun,
  type JournalFile,
  type JournalFolder,
  JournalStore,
  type KeyValue,
  kindFolders,
  MemoryStore,
  type RangeAnswer,
  type RangeRequest,
  restoreIntoEtcd,
  type Transaction,
  type TransactionAnswer,
  type WatchAnswer,
} from "./drivers/index.ts";
export {
  EncryptionAtRest,
  type EncryptionKey,
  type EncryptionRule,
  type SealingOptions,
} from "./encryption-at-rest.ts";
export { deepFreeze } from "./freeze.ts";
export {
  administrator,
  apiServerWriter,
  authenticated,
  componentWriter,
  controllerWriter,
  nodeWriter,
  schedulerWriter,
  serviceAccountUser,
  type User,
  type Writer,
} from "./identity.ts";
export { sharing } from "./sharing.ts";
export type {
  Author,
  Change,
  Fence,
  ObjectKey,
  Past,
  Store,
  Stored,
  StoreListOptions,
  StoreReads,
  StoreWatchOptions,
  Unwatch,
} from "./store.ts";
export { type ObjectWatch, type WatchEvent, watchObjects } from "./watch.ts";
export { causeChain } from "./why.ts";
export {
  type Admission,
  type AdmissionRequest,
  type AuthorizeWrite,
  type DeleteOptions,
  forbidden,
  invalid,
  isPending,
  type Named,
  noSuchPath,
  notAllowed,
  notFound,
  type Operation,
  PendingAnswers,
  Registry,
  type RegistryVerbs,
  type Request,
  requestSeconds,
  subresourceOf,
  type Written,
} from "./writes/index.ts";
