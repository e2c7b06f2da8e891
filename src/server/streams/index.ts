/** The door of streams/: log, exec, attach, port-forward and proxies, which are more than a request and its answer. */
export type { ConnectParts } from "./connect-handler.ts";
export { type ConnectHandlers, connectHandlers } from "./connect-handlers.ts";
