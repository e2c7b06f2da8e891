/** An HTTP server on a port of the pod, until the container is told to stop. What is being answered by then is answered. */
import type { IncomingMessage, RequestListener } from "node:http";

export interface Serving {
  /** Resolves when nothing is served any more. */
  readonly ended: Promise<void>;
}

/**
 * Resolves when it is listening. Rejects with an EADDRINUSE where another container of the pod listens on the port.
 * @param signal on its abort no more is taken
 */
export async function serveOn(port: number, answer: RequestListener, signal: AbortSignal): Promise<Serving> {
  // The shell needs none of it.
  const { createServer } = await import("node:http");
  const server = createServer(answer);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const ended = new Promise<void>(resolve => {
    server.once("close", resolve);
  });
  const close = () => {
    server.close();
    server.closeIdleConnections();
  };
  if (signal.aborted) close();
  else signal.addEventListener("abort", close, { once: true });
  return { ended };
}

/** The first line and the headers, as they came. */
export function headersOf({ rawHeaders }: IncomingMessage): string[] {
  const lines: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
  return lines;
}
