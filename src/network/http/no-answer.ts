/** Why an endpoint has given no answer, and with which status the client is told so, as a proxy does: 502, 503, 504. */
import { messageOf } from "../../errors/index.ts";
import type { FoundEndpoint, Outcome } from "../../messages/index.ts";

/** So long an endpoint may take to begin its answer after it has been sent the request, in milliseconds, as with nginx. */
export const answerMs = 60_000;

/** Who may be asked instead: others, as this endpoint cannot have handled the request; anybody, as handling it twice does no harm. */
export type AskInstead = "nobody" | "others" | "anybody";

export class NoAnswer extends Error {
  readonly status: number;
  readonly askInstead: AskInstead;

  constructor(status: number, message: string, askInstead: AskInstead, cause?: unknown) {
    super(message, { cause });
    this.status = status;
    this.askInstead = askInstead;
  }
}

export function unreached(endpoint: FoundEndpoint, error: unknown): NoAnswer {
  if (error instanceof NoAnswer) return error;
  const text = `${endpointName(endpoint)} cannot be reached: ${messageOf(error)}`;
  return new NoAnswer(502, text, "others", error);
}

export function endpointName({ address, port }: FoundEndpoint): string {
  return `${address}:${port}`;
}

/** What the status of an answer says of its endpoint, as Envoy counts: 502, 503 and 504 are what a proxy says where it has no answer. */
export function outcomeOf(status: number): Outcome {
  if (status < 500) return "success";
  return status >= 502 && status <= 504 ? "gateway-error" : "error";
}
