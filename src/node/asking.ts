/**
 * How a container is asked something, by a probe or a hook: its event loop, a message, an HTTP request, a connection. Each
 * is answered in time or is a failure.
 */
import type { Clock } from "../outside/index.ts";
import type { LifecycleHandler, PodContainer } from "../resources/index.ts";
import type { RunningContainer } from "./runtime.ts";

/** What came of asking once; a failure says what was wrong. */
export type Answer = { readonly ok: true } | { readonly ok: false; readonly problem: string };

/** Who is asked. */
export interface Asked {
  readonly container: PodContainer;
  readonly running: RunningContainer;
  readonly podIP: string;
  readonly clock: Clock;
  /** Sends a message to this very container and resolves with the answer. */
  request(body: unknown, timeoutMs: number): Promise<unknown>;
}

/** Never rejects: what goes wrong is the answer. */
export async function ask(handler: LifecycleHandler, timeoutMs: number, asked: Asked): Promise<Answer> {
  const deadline = new AbortController();
  const timer = asked.clock.after(timeoutMs, () =>
    deadline.abort(new Error(`no answer within ${timeoutMs / 1_000} s`)),
  );
  try {
    if (handler.exec) return await askByCommand(handler.exec.command ?? [], timeoutMs, asked);
    if (handler.httpGet) return await askByHttp(handler.httpGet, asked, deadline.signal);
    if (handler.tcpSocket) return await askByTcp(handler.tcpSocket, asked, deadline.signal);
    if (handler.sleep) return await sleep(handler.sleep.seconds * 1_000, asked, deadline.signal);
    return failure("k4s can ask by exec, httpGet and tcpSocket, and this is none of them");
  } catch (error) {
    return failure(error instanceof Error ? error.message : String(error));
  } finally {
    timer.cancel();
  }
}

function failure(problem: string): Answer {
  return { ok: false, problem };
}

async function askByCommand(
  command: readonly string[],
  timeoutMs: number,
  { running, request }: Asked,
): Promise<Answer> {
  const [name, text] = command;
  if (name === "event-loop") {
    return (await running.responds(timeoutMs))
      ? { ok: true }
      : failure(`the event loop did not turn within ${timeoutMs / 1_000} s`);
  }
  if (name === "request") {
    const body = text === undefined ? undefined : jsonOr(text);
    await request(body, timeoutMs);
    return { ok: true };
  }
  return failure(
    `exec ${JSON.stringify(command)}: a thread has no programs to run; use ["event-loop"] or ["request", "<JSON>"]`,
  );
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function sleep(ms: number, { clock }: Asked, signal: AbortSignal): Promise<Answer> {
  await clock.sleep(ms, signal);
  return { ok: true };
}

type HttpGet = NonNullable<LifecycleHandler["httpGet"]>;
type TcpSocket = NonNullable<LifecycleHandler["tcpSocket"]>;

/** Tries the pod's own address first, then the machine's: a server may listen on either. */
async function onEither<T>(
  host: string | undefined,
  podIP: string,
  tryHost: (host: string) => Promise<T>,
): Promise<T> {
  if (host !== undefined) {
    if (!/^(127\.\d+\.\d+\.\d+|localhost|::1)$/.test(host))
      throw new Error(`a probe only asks loopback addresses, not ${host}`);
    return tryHost(host);
  }
  try {
    return await tryHost(podIP);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ECONNREFUSED" || code === "EADDRNOTAVAIL" || code === "EHOSTUNREACH")
      return tryHost("127.0.0.1");
    throw error;
  }
}

function portOf(port: number | string, container: PodContainer): number {
  if (typeof port === "number") return port;
  const named = container.ports?.find(({ name }) => name === port)?.containerPort;
  if (named === undefined) throw new Error(`the container has no port named "${port}"`);
  return named;
}

async function askByHttp(
  { host, path = "/", port, scheme = "HTTP", httpHeaders = [] }: HttpGet,
  { container, podIP }: Asked,
  signal: AbortSignal,
): Promise<Answer> {
  const { request } = scheme === "HTTPS" ? await import("node:https") : await import("node:http");
  const headers = Object.fromEntries(httpHeaders.map(({ name, value }) => [name, value]));
  const status = await onEither(
    host,
    podIP,
    hostname =>
      new Promise<number>((resolve, reject) => {
        const asking = request(
          { hostname, port: portOf(port, container), path, headers, signal, rejectUnauthorized: false },
          answer => {
            answer.resume();
            resolve(answer.statusCode ?? 0);
          },
        );
        asking.on("error", error => reject(signal.aborted ? signal.reason : error));
        asking.end();
      }),
  );
  return status >= 200 && status < 400
    ? { ok: true }
    : failure(`HTTP probe failed with statuscode: ${status}`);
}

async function askByTcp(
  { host, port }: TcpSocket,
  { container, podIP }: Asked,
  signal: AbortSignal,
): Promise<Answer> {
  const { connect } = await import("node:net");
  await onEither(
    host,
    podIP,
    hostname =>
      new Promise<void>((resolve, reject) => {
        const socket = connect({ host: hostname, port: portOf(port, container), signal }, () => {
          socket.destroy();
          resolve();
        });
        socket.on("error", error => reject(signal.aborted ? signal.reason : error));
      }),
  );
  return { ok: true };
}
