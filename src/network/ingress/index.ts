/** The door of ingress/: one address under which the Services of a cluster are reached over HTTP. */
export { ingressController } from "./ingress-controller.ts";
export { IngressListener } from "./ingress-listener.ts";
export { ingressClass } from "./ingress-table.ts";
