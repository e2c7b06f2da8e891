/** The door of codec/: how values and frames become one string and values again. It knows no port and no message. */
export { ANSWER, COUNTS, DRAIN, FAIL, LAST, LOST, REQUEST, RETURN, SEND } from "./frames.ts";
export { measure, type Size } from "./measure.ts";
export { withOwnBytes } from "./own-bytes.ts";
export { BROKEN, Reader } from "./reader.ts";
export { Writer } from "./writer.ts";
