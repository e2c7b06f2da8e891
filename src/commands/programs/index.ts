/** The door of programs/: the everyday commands, by their names. */
export { attributePrograms } from "./attributes.ts";
export { conditionPrograms } from "./conditions.ts";
export { dd } from "./dd.ts";
export { diskNames, diskProgram } from "./disks.ts";
export { filePrograms } from "./files.ts";
export { filterNames, filterProgram } from "./filters.ts";
export { findFiles } from "./find.ts";
export { ls } from "./list.ts";
export { machineProgram, run } from "./machine.ts";
export { networkNames, networkProgram } from "./network.ts";
export { node } from "./node.ts";
export { processPrograms } from "./processes.ts";
export { hostname, systemPrograms } from "./system.ts";
export { tarPrograms } from "./tar.ts";
export { textPrograms } from "./text.ts";
export { xargs } from "./xargs.ts";
