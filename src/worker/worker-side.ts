/**
 * What `import { MessageError } from "k4s"` gives inside a worker: the classes of errors, the very ones that this thread's
 * data plane throws, so that `instanceof` holds. The control plane is not there: the import resolves to k4s.mjs or k4s.cjs
 * (hooks.ts, or node/images/one-file.ts), which find these classes under a symbol on globalThis.
 */
import { ApiError, K4sError, MessageError } from "../errors/index.ts";

const place = Symbol.for("k4s.worker-side");

class Cluster {
  constructor() {
    throw new Error("a worker cannot make a Cluster: it runs inside one; use the api of its context");
  }
}

export function offerWorkerSide(): void {
  Object.defineProperty(globalThis, place, { value: { ApiError, Cluster, K4sError, MessageError } });
}
