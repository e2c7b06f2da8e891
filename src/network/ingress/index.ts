/** The door of ingress/: what the Ingresses of a cluster say, and what is told of them. */
export { ingressController } from "./ingress-controller.ts";
export { IngressTable, ingressClass } from "./ingress-table.ts";
