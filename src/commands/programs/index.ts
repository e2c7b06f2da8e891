/** The door of programs/: the everyday commands, by their names. */
export { conditionPrograms } from "./conditions.ts";
export { filePrograms } from "./files.ts";
export { machineProgram } from "./machine.ts";
export { networkNames, networkProgram } from "./network.ts";
export { node } from "./node.ts";
export { hostname, systemPrograms } from "./system.ts";
export { tarPrograms } from "./tar.ts";
export { textPrograms } from "./text.ts";
