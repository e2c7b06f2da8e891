/** What a client is told of a port that cannot be reached. */
import { messageOf } from "../../errors/index.ts";

/** kubectl prints `an error occurred forwarding 8080 -> 80: ` in front of it. */
export function forwardingError(port: number, cause: unknown): string {
  const { code } = cause as NodeJS.ErrnoException;
  const why = code === "ECONNREFUSED" ? "connection refused" : messageOf(cause);
  return `error forwarding port ${port} to pod: failed to connect to localhost:${port} inside the pod: ${why}`;
}
