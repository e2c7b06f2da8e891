/** What went wrong with a file, in the words of the real commands. */
import { thrownText } from "../errors/index.ts";

export function describe(error: unknown): string {
  const { code, message } = (error ?? {}) as NodeJS.ErrnoException;
  const known = code === undefined ? undefined : reasons.get(code);
  if (known) return known;
  return error instanceof Error ? message : thrownText(error);
}

const reasons: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "No such file or directory"],
  ["EACCES", "Permission denied"],
  ["EPERM", "Operation not permitted"],
  ["EISDIR", "Is a directory"],
  // Of Node itself, which has no error number for it.
  ["ERR_FS_EISDIR", "Is a directory"],
  ["ELOOP", "Too many levels of symbolic links"],
  ["EXDEV", "Invalid cross-device link"],
  ["EBUSY", "Device or resource busy"],
  ["ENOTDIR", "Not a directory"],
  ["EEXIST", "File exists"],
  ["ENOTEMPTY", "Directory not empty"],
  ["EROFS", "Read-only file system"],
  ["ENOSPC", "No space left on device"],
]);
