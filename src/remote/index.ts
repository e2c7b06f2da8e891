/** The door of remote/: the registry and the image of a cluster whose API server is elsewhere. */
export type { KindWatch } from "./kind-watch.ts";
export { RemoteRegistry } from "./remote-registry.ts";
export { resourcePath } from "./resource-paths.ts";
