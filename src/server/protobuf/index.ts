/** The door of protobuf/: what clients in Go send, as plain objects. */
export { decodeMessage, envelopeOf } from "./decode.ts";
