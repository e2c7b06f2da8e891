/** The door of files/: programs that show, make, change and remove files. */
export { attributePrograms } from "./attributes.ts";
export { dd } from "./dd.ts";
export { diskNames, diskProgram } from "./disks.ts";
export { filePrograms, forEach, textsOf } from "./files.ts";
export { findFiles } from "./find.ts";
export { ls, readable } from "./list.ts";
export { tarPrograms } from "./tar.ts";
export { nameIn, userName } from "./users.ts";
