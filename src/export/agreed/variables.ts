/**
 * What a container is told by the manifest that an export has written: the variables that the runtime reads. Their names are here once, for
 * the one who writes them and for the one who reads them.
 */

export const variables = {
  /** Where NATS is, from a Secret: the URL of a server, or of several with commas in between. */
  nats: "K4S_NATS",
  /** In PEM, from the same: whom the server's certificate is signed by, and what is shown to it; and the credentials of a user. */
  natsCa: "K4S_NATS_CA",
  natsCert: "K4S_NATS_CERT",
  natsKey: "K4S_NATS_KEY",
  natsCreds: "K4S_NATS_CREDS",
  /** The export of the module; the default export where there is none. */
  function: "K4S_FUNCTION",
  /** The Services that select the pod, with blanks in between; `first=db-0` selects one pod of a set. */
  services: "K4S_SERVICES",
  /** As what k4s knew the pod, where a Container is exported as something else. */
  name: "K4S_NAME",
  pod: "K4S_POD",
  namespace: "K4S_NAMESPACE",
  node: "K4S_NODE",
  container: "K4S_CONTAINER",
  /** The labels of the pod, JSON. */
  labels: "K4S_LABELS",
  /** Where probes ask, and where its metrics are. */
  port: "K4S_PORT",
  /** What is asked there, paths in JSON, by probes and hooks: nothing else is answered, for whoever reaches the port may ask. */
  questions: "K4S_QUESTIONS",
  /** `probe`: Services send to it only once a probe of readiness has succeeded. */
  readiness: "K4S_READINESS",
  grace: "K4S_GRACE_SECONDS",
} as const;
