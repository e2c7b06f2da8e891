/** The door of errors/: what every room throws and catches. */

export {
  all,
  between,
  callback,
  checkArguments,
  count,
  count32,
  duration,
  each,
  flag,
  having,
  list,
  most32,
  must,
  name,
  needed,
  object,
  oneOf,
  options,
  plain,
  type Rule,
  type Shape,
  seconds,
  shaped,
  signal,
  text,
} from "./arguments.ts";
export { type GrpcCode, grpcCodes } from "./grpc-codes.ts";
export { isError } from "./is-error.ts";
export {
  ApiError,
  type Cause,
  hasReason,
  K4sError,
  MessageError,
  type RelayedRefusal,
  type StatusDetails,
} from "./k4s-error.ts";
export { codeOf, didYouMean, nearestName } from "./nearest-name.ts";
export { type Handled, type Reason, reasons } from "./reasons.ts";
export { messageOf, thrownMessage, thrownText } from "./thrown-text.ts";
export { fromWire, toWire, type WireError } from "./wire.ts";
