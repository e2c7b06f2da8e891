/** The door of far/: nodes of other processes, as they are asked. */
export { FarFarewells } from "./far-farewells.ts";
export { FarNodes } from "./far-nodes.ts";
export { FarRelay } from "./far-relay.ts";
export { joinEnds } from "./join-ends.ts";
export {
  type Credentials,
  codeHeader,
  farewellsPath,
  fromHeader,
  fromIn,
  nodeHeader,
  reasonHeader,
  storagePath,
  usagePath,
} from "./spoken.ts";
