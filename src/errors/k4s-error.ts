/**
 * The errors of k4s: an Error with a stable reason. `ApiError` is about objects and carries what a Kubernetes Status
 * carries; `MessageError` is about messages and carries whether the message may have been handled.
 */
import { type Handled, type MessageReason, type Reason, reasons } from "./reasons.ts";

export class K4sError extends Error {
  readonly reason: Reason;

  constructor(reason: Reason, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
    this.reason = reason;
  }

  /** The HTTP status that the reason stands for. */
  get code(): number {
    return reasons[this.reason].code;
  }
}

/** One thing that is wrong, as in Status.details.causes. */
export interface Cause {
  /** FieldValueRequired, FieldValueInvalid, FieldValueNotSupported, FieldValueDuplicate, FieldValueForbidden, … */
  reason: string;
  message: string;
  /** The path of the field, `spec.containers[0].name`. */
  field: string;
  /** Where a manifest shows it, where that is closer than the field that Kubernetes names. It goes no further than there. */
  at?: CausePlace;
}

/** A field of an object; with `isKey` the key of an entry, not its value. */
interface CausePlace {
  field: string;
  isKey?: boolean;
}

/** Which object the error is about, as in Status.details. */
export interface StatusDetails {
  kind?: string;
  group?: string;
  name?: string;
  uid?: string;
  causes?: Cause[];
  retryAfterSeconds?: number;
}

/** How another program that was asked has refused, in its own terms: clients are told these instead of the error's. */
export interface RelayedRefusal {
  /** 400 to 999. */
  readonly code: number;
  /** "" where it gave none. */
  readonly reason: string;
}

export class ApiError extends K4sError {
  readonly details: StatusDetails;
  readonly relayed?: RelayedRefusal;

  constructor(
    reason: Reason,
    message: string,
    details: StatusDetails = {},
    options?: { cause?: unknown; relayed?: RelayedRefusal },
  ) {
    super(reason, message, options);
    this.details = details;
    if (options?.relayed) this.relayed = options.relayed;
  }
}

export class MessageError extends K4sError {
  declare readonly reason: MessageReason;
  /** "no": the message certainly was not handled, sending it again is safe. "maybe": it may have been. */
  readonly handled: Handled;

  constructor(reason: MessageReason, message: string, options?: { cause?: unknown; handled?: Handled }) {
    super(reason, message, options);
    this.handled = options?.handled ?? reasons[reason].handled;
  }
}

export function hasReason(error: unknown, ...reasons: readonly Reason[]): error is ApiError {
  return error instanceof ApiError && reasons.includes(error.reason);
}
