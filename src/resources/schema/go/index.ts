/**
 * The door of go/: what Kubernetes' API server says of a value that it cannot read, in the words of the language it is written
 * in.
 */
export { converterFault } from "./converter-fault.ts";
export { decoderFault } from "./decoder-fault.ts";
export { printed } from "./printed.ts";
