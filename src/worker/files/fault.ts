/** Errors as Node gives them where a call of `node:fs` fails. */

/** What the system is asked for, where that has another name than the function. */
const syscalls: Readonly<Record<string, string>> = {
  appendFile: "open",
  copyFile: "copyfile",
  lutimes: "lutime",
  openAsBlob: "open",
  readFile: "open",
  readdir: "scandir",
  realpath: "lstat",
  truncate: "open",
  utimes: "utime",
  writeFile: "open",
};

/** @param call the function, without `Sync` at its end */
export function faultOf(code: string, errno: number, text: string, call: string, path: string): Error {
  const syscall = syscalls[call] ?? call;
  return Object.assign(new Error(`${code}: ${text}, ${syscall} '${path}'`), { code, errno, syscall, path });
}
