/** The door of network/: programs that connect, and know the names of the cluster. */
export { networkNames, networkProgram } from "./network.ts";
