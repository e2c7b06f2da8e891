/** What `require("k4s")` gives in a worker: see worker-side.ts. */
module.exports = globalThis[Symbol.for("k4s.worker-side")];
