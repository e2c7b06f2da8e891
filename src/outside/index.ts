/** The door of outside/: time and chance, which come in from outside everywhere; and the folder for what can be made again. */
export { setBounded } from "./bounded-map.ts";
export { cacheFolder, writableFolder, writeIfPossible, writeWhole } from "./cache-folder.ts";
export { type Clock, microTime, realClock, sleepOn, type Timer, timestamp } from "./clock.ts";
export { Deferred } from "./deferred.ts";
export { everyEnd, everyStep } from "./every-step.ts";
export { fieldsOf } from "./fields-of.ts";
export { Fifo } from "./fifo.ts";
export { FolderLock } from "./folder-lock.ts";
export { isFault } from "./is-fault.ts";
export { joinStreams } from "./join-streams.ts";
export { type ListenAddress, listenAddress } from "./listen-address.ts";
export { mapped, unmapped } from "./mapped-address.ts";
export { onAbort } from "./on-abort.ts";
export {
  isOrphaned,
  mountsName,
  ownFolder,
  ownMark,
  removeOrphans,
  removeOwn,
  stagedName,
} from "./own-folders.ts";
export { namedRandom, type Random, realRandom, seededRandom } from "./random.ts";
export { remember, rememberLast } from "./remember.ts";
export { Stream } from "./stream.ts";
export { syncFolder } from "./sync-folder.ts";
export { Turns } from "./turns.ts";
export { VirtualClock } from "./virtual-clock.ts";
