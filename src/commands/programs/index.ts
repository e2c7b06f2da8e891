/** The door of programs/: the everyday commands, by their names. */

export { compressPrograms } from "./compress.ts";
export { conditionPrograms } from "./conditions.ts";
export {
  attributePrograms,
  dd,
  diskNames,
  diskProgram,
  filePrograms,
  findFiles,
  ls,
  tarPrograms,
} from "./files/index.ts";
export { filterNames, filterProgram } from "./filters.ts";
export { machineProgram, runWithPlaces } from "./machine.ts";
export { networkNames, networkProgram } from "./network/index.ts";
export { node } from "./node.ts";
export { otherNames, otherProgram, partPrograms } from "./parts.ts";
export { killing, processPrograms } from "./processes.ts";
export { reversePrograms } from "./reverse.ts";
export { sumPrograms } from "./sums.ts";
export { hostname, systemPrograms } from "./system.ts";
export { textPrograms } from "./text.ts";
export { busybox, wrapperNames, wrapperProgram } from "./wrappers.ts";
export { xargs } from "./xargs.ts";
