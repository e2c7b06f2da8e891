/** What `import … from "k4s"` gives an ES module in a worker: see worker-side.ts. */
const { ApiError, Cluster, K4sError, MessageError } = globalThis[Symbol.for("k4s.worker-side")];

export { ApiError, Cluster, K4sError, MessageError };
