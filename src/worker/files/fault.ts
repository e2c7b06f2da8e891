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
export function faultOf(
  code: string,
  errno: number,
  text: string,
  call: string,
  path: string,
  dest?: string,
): Error {
  const syscall = syscalls[call] ?? call;
  const paths = dest === undefined ? `'${path}'` : `'${path}' -> '${dest}'`;
  const error = new Error(`${code}: ${text}, ${syscall} ${paths}`);
  return Object.assign(error, { code, errno, syscall, path, ...(dest !== undefined && { dest }) });
}
