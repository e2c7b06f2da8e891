/** The door of protobuf/: what clients in Go send, as plain objects. */
export { decodeMessage, type Envelope, envelopeOf } from "./decode.ts";
