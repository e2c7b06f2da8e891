/** The door of node-ports/: Services of the types NodePort and LoadBalancer, reached on this machine. */
export { nodePortController } from "./node-port-controller.ts";
export { NodePorts, nodePortAddress } from "./node-ports.ts";
