/** The door of streams/: exec, attach, port-forward and proxies, which are more than a request and its answer. */
export { proxyRequest, proxyUpgrade } from "./proxy.ts";
export { StreamRequests, upgradeRequired } from "./stream-requests.ts";
export { plainResponse, type Upgrade } from "./upgrade.ts";
