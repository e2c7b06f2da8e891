/**
 * `process.stdin` of a container with `stdin: true`: a stream of what attached sessions write, over a port of its own. As in
 * Node, a program that reads it goes on until it ends, and one that does not is not held by it.
 */
import { Readable } from "node:stream";
import type { Port } from "../messages/index.ts";

/** To the container. Without bytes: there is no more. */
export interface InputOrder {
  readonly bytes?: Uint8Array;
}

/** From the container: so many bytes have been taken. */
export interface InputReport {
  readonly taken: number;
}

export function giveInput(port: Port): void {
  let isOver = false;
  let untold = 0;
  const tell = () => {
    if (untold > 0) port.postMessage({ taken: untold } satisfies InputReport);
    untold = 0;
  };
  const stdin = new Readable({
    read() {
      if (!isOver) port.ref();
      tell();
    },
  });
  const take = (bytes: Uint8Array | undefined) => {
    if (isOver) return;
    isOver = bytes === undefined;
    untold += bytes?.length ?? 0;
    // Where it has enough to read, the rest waits at the node.
    if (stdin.push(bytes ?? null)) tell();
  };
  port.on("message", order => take((order as InputOrder).bytes));
  port.on("close", () => take(undefined));
  for (const event of ["pause", "end", "close"]) stdin.on(event, () => port.unref());
  port.unref();
  Object.defineProperty(process, "stdin", {
    value: Object.assign(stdin, { fd: 0 }),
    configurable: true,
    enumerable: true,
  });
}
