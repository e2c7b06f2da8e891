/** The door of server/: the Kubernetes API over HTTP. */
export { ApiServer, type ApiServerParts } from "./api-server.ts";
export { type Address, type Certificate, Listener } from "./listener.ts";
