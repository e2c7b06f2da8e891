/** What went wrong when an expression was run: `no such key: color`. */
export class CelError extends Error {
  override readonly name = "CelError";
}
