/** The door of codec/: how values and frames become one string and values again. It knows no port and no message. */

export { BROKEN, Decoder } from "./decoder.ts";
export { Encoder } from "./encoder.ts";
export { ANSWER, COUNTS, DRAIN, FAIL, LAST, LOST, REQUEST, RETURN, SEND } from "./frames.ts";
export { measure, type Size } from "./measure.ts";
export { withOwnBytes } from "./own-bytes.ts";
