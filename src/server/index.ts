/** The door of server/: the Kubernetes API over HTTP. */
export type { Pages } from "./document-requests.ts";
export { type ServeOptions, type Serving, serve } from "./serve.ts";
