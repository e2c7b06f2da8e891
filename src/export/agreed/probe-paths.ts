/** Where the probes of a worker function are asked over HTTP: the manifests name these paths, and the runtime serves them. */
export const probePaths = {
  /** `?failures=3&request=BODY`: without a body the event loop is meant. */
  readiness: "/k4s/ready",
  liveness: "/k4s/live",
  /** A hook: the function is sent this message, and the answer is not waited for. */
  send: "/k4s/send",
} as const;
