/**
 * Every reason an error of k4s can carry, in one table: the HTTP status it becomes, and what it means. Programs decide by
 * the reason, people read the message. The first part is Kubernetes' own (metav1.StatusReason); the second is about
 * messages between threads, and says whether the message certainly was not handled or may have been.
 */
export const reasons = {
  BadRequest: {
    code: 400,
    means: "the input could not be read: malformed text, or a value of the wrong type",
  },
  Unauthorized: { code: 401, means: "who asks is not known" },
  NotFound: { code: 404, means: "there is no such object, kind or namespace" },
  MethodNotAllowed: { code: 405, means: "the kind does not support this verb" },
  AlreadyExists: { code: 409, means: "an object of that name is there already" },
  NotAcceptable: { code: 406, means: "none of the media types that the client takes is there" },
  Conflict: { code: 409, means: "the object changed since it was read: read it again and retry" },
  Gone: { code: 410, means: "what was asked for is no longer there" },
  Expired: { code: 410, means: "the revision asked for is older than the history that is kept: list again" },
  RequestEntityTooLarge: { code: 413, means: "the input is larger than the limit" },
  UnsupportedMediaType: { code: 415, means: "the body is of a type that is not understood" },
  Invalid: { code: 422, means: "the object was understood but breaks a rule; every cause is listed" },
  TooManyRequests: { code: 429, means: "not now: try again later" },
  InternalError: { code: 500, means: "a mistake of ours" },
  ServiceUnavailable: { code: 503, means: "the cluster is not running" },
  Timeout: { code: 504, means: "what was waited for did not come in time" },

  // Of objects as well as of messages.
  Forbidden: {
    code: 403,
    handled: "no",
    means: "who asks may not do this, a rule of admission refused it, or a NetworkPolicy denies the message",
  },
  NoSuchTarget: {
    code: 404,
    handled: "no",
    means: "no service, container or pod has the name that the message is for",
  },
  NoEndpoint: { code: 503, handled: "no", means: "the service is there, but none of its pods is ready" },
  DeadlineExceeded: { code: 504, handled: "maybe", means: "no answer came before the deadline" },
  ContainerExited: { code: 502, handled: "maybe", means: "the container ended before it answered" },
  Unreachable: {
    code: 503,
    handled: "maybe",
    means:
      "the container runs in another process, and the connection to that is broken: it may be running all the same",
  },
  ContainerStopping: {
    code: 503,
    handled: "no",
    means: "the container was told to stop before it took the message in",
  },
  TooManyWaiting: {
    code: 429,
    handled: "no",
    means: "the receivers are slower than the sender, and more messages wait for them than a sender may keep",
  },
  ClusterStopping: { code: 503, handled: "maybe", means: "the cluster stopped before the answer came" },
  Aborted: { code: 499, handled: "maybe", means: "the caller's own signal aborted the request, or the wait" },
  MessageTooLarge: {
    code: 413,
    handled: "no",
    means: "the message takes more memory than its receiver may be sent at once",
  },
  NotCloneable: { code: 400, handled: "no", means: "the body cannot be structured-cloned to another thread" },
  WorkerFailed: { code: 500, handled: "maybe", means: "the worker answered with an error" },
} as const satisfies Record<string, { code: number; handled?: Handled; means: string }>;

/**
 * Whether the message certainly was not handled, or may have been. Only what was not is safe to send again blindly; so a message
 * that has left with what it transfers is "maybe", for there is nothing left to send.
 */
export type Handled = "no" | "maybe";

export type Reason = keyof typeof reasons;

export type MessageReason = {
  [R in Reason]: (typeof reasons)[R] extends { handled: Handled } ? R : never;
}[Reason];
