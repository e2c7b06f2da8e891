/**
 * What `import { MessageError } from "k4s"` gives inside a worker: the classes of errors, the very ones that this thread's
 * data plane throws, so that `instanceof` holds. The control plane is not there: the bundler points the import here
 * (node/bundle.ts), through a place on globalThis that both know.
 */
import { ApiError, K4sError, MessageError } from "../errors/index.ts";

const place = Symbol.for("k4s.worker-side");

export function offerWorkerSide(): void {
  Object.defineProperty(globalThis, place, {
    value: {
      ApiError,
      K4sError,
      MessageError,
      get Cluster(): never {
        throw new Error("a worker cannot make a Cluster: it runs inside one; use the api of its context");
      },
    },
  });
}
