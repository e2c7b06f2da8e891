/** The door of drivers/: what keeps objects, behind the port of store.ts. */
export type { EtcdOptions } from "./etcd/client.ts";
export type { ConnectionOptions as EtcdConnectionOptions, EtcdConnection } from "./etcd/connection.ts";
export { EtcdFault } from "./etcd/etcd-fault.ts";
export { EtcdStore } from "./etcd/etcd-store.ts";
export { kindFolders } from "./etcd/kind-folders.ts";
export type {
  KeyValue,
  RangeAnswer,
  RangeRequest,
  Transaction,
  TransactionAnswer,
  WatchAnswer,
  WatchEvent as EtcdEvent,
} from "./etcd/messages.ts";
export { restoreIntoEtcd } from "./etcd/restoring.ts";
export { Image, type ImageOptions } from "./image.ts";
export { isBegun as isJournalBegun } from "./journal/files.ts";
export { diskFolder, type JournalFile, type JournalFolder } from "./journal/folder.ts";
export { heldFolder } from "./journal/held-folder.ts";
export { JournalStore } from "./journal/journal-store.ts";
export { MemoryStore } from "./memory.ts";
