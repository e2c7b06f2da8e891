/** An HTTP server on a port of the pod, until the container is told to stop. What is being answered by then is answered. */
import { mkdir, unlink } from "node:fs/promises";
import type { IncomingMessage, RequestListener, Server } from "node:http";
import { connect } from "node:net";
import { dirname } from "node:path";

import type { ExecWorld } from "../../worker/index.ts";
import { socketPath } from "../../worker/index.ts";

export interface Serving {
  /** Resolves when nothing is served any more. */
  readonly ended: Promise<void>;
}

/**
 * Resolves when it is listening. Rejects with an EADDRINUSE where another container of the pod listens on the port.
 * @param signal on its abort no more is taken
 */
export async function serveOn(
  port: number,
  answer: RequestListener,
  { sockets }: Pick<ExecWorld, "sockets">,
  signal: AbortSignal,
): Promise<Serving> {
  // The shell needs none of it.
  const { createServer } = await import("node:http");
  const server = createServer(answer);
  const path = socketPath(sockets.prefix, sockets.podIP, port);
  if (process.platform !== "win32") await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await listening(server, path).catch(async error => {
    if (error.code !== "EADDRINUSE" || (await isListening(path))) throw error;
    // It was left behind by one that was killed.
    await unlink(path).catch(() => {});
    if (process.platform !== "win32") await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await listening(server, path);
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

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function isListening(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(path);
    socket.once("error", () => resolve(false));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}

/** The first line and the headers, as they came. */
export function headersOf({ rawHeaders }: IncomingMessage): string[] {
  const lines: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
  return lines;
}
