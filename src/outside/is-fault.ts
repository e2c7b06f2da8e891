/** Whether an error is one of Node's with this code: `ENOENT` where a file is not there. */
export function isFault(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
