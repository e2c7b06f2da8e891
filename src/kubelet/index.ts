/** The door of kubelet/: what a node serves to those who ask it over the network, and how sessions go over a connection. */
export * from "./channels/index.ts";
export type { KubeletParts } from "./kubelet-answers.ts";
export { KubeletServer } from "./kubelet-server.ts";
export type { PolicedPods } from "./pod-connections.ts";
