/**
 * A folder of a journal that is changed only while this process holds it. A process may be halted for longer than its lock on the folder is
 * believed, between any two acts; what it had half done then is no longer its own to finish or to take back: another has gone on from it.
 */
import type { JournalFile, JournalFolder } from "./folder.ts";

/** @param assertOurs asked before each act that changes something: rejects where the folder is another's by now */
export function heldFolder(folder: JournalFolder, assertOurs: () => Promise<void>): JournalFolder {
  const ifOurs = async <T>(act: () => Promise<T>) => {
    await assertOurs();
    return act();
  };
  const ownFile = (file: JournalFile): JournalFile => ({
    write: (bytes, at) => ifOurs(() => file.write(bytes, at)),
    truncate: size => ifOurs(() => file.truncate(size)),
    sync: () => file.sync(),
    close: () => file.close(),
  });
  return {
    list: () => folder.list(),
    read: name => folder.read(name),
    open: name => ifOurs(async () => ownFile(await folder.open(name))),
    rename: (name, to) => ifOurs(() => folder.rename(name, to)),
    remove: name => ifOurs(() => folder.remove(name)),
    sync: () => folder.sync(),
  };
}
