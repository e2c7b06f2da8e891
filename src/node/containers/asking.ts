/**
 * How a container is asked something, by a probe or a hook: a command (exec), an HTTP request, a connection. Each is answered
 * in time or is a failure.
 */
import { type Clock, onAbort } from "../../outside/index.ts";
import type { LifecycleHandler, PodContainer } from "../../resources/index.ts";
import type { RunningContainer } from "../runtimes/index.ts";
import { connectTo, onEither } from "../streams/index.ts";

/** What came of asking once; a failure says what was wrong. */
export type Answer = { readonly ok: true } | { readonly ok: false; readonly problem: string };

/** Who is asked. */
export interface Asked {
  readonly container: PodContainer;
  readonly running: RunningContainer;
  readonly podIP: string;
  readonly clock: Clock;
}

/** Never rejects: what goes wrong is the answer. */
export async function ask(handler: LifecycleHandler, timeoutMs: number, asked: Asked): Promise<Answer> {
  const deadline = new AbortController();
  const isLoop = handler.exec?.command?.[0] === "event-loop";
  const missing = isLoop ? "the event loop did not turn" : "no answer";
  const timer = asked.clock.after(timeoutMs, () =>
    deadline.abort(new Error(`${missing} within ${timeoutMs / 1_000} s`)),
  );
  try {
    if (handler.exec) return await askByCommand(handler.exec.command ?? [], asked, deadline.signal);
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

/** So much of what a command prints is told, as by the kubelet. */
const toldLength = 10 * 1024;

async function askByCommand(
  command: readonly string[],
  { running }: Asked,
  signal: AbortSignal,
): Promise<Answer> {
  const session = running.exec(command);
  onAbort(signal, () => session.close());
  const said: Uint8Array[] = [];
  let length = 0;
  for await (const { bytes } of session.output) {
    if (length < toldLength) said.push(bytes);
    length += bytes.length;
  }
  const { exitCode, message } = await session.exited;
  if (signal.aborted) throw signal.reason;
  if (exitCode === 0) return { ok: true };
  const text = Buffer.concat(said).subarray(0, toldLength).toString().trimEnd();
  return failure(text || message || `command "${command.join(" ")}" exited with ${exitCode}`);
}

async function sleep(ms: number, { clock }: Asked, signal: AbortSignal): Promise<Answer> {
  await clock.sleep(ms, signal);
  return { ok: true };
}

type HttpGet = NonNullable<LifecycleHandler["httpGet"]>;
type TcpSocket = NonNullable<LifecycleHandler["tcpSocket"]>;

/** A probe may name another host than the pod, but none outside of this machine. */
function onHost<T>(
  host: string | undefined,
  podIP: string,
  tryHost: (host: string) => Promise<T>,
): Promise<T> {
  if (host === undefined) return onEither(podIP, tryHost);
  if (!/^(127\.\d+\.\d+\.\d+|localhost|::1)$/.test(host))
    throw new Error(`a probe only asks loopback addresses, not ${host}`);
  return tryHost(host);
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
  const status = await onHost(
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
  const socket = await onHost(host, podIP, address => connectTo(address, portOf(port, container), signal));
  socket.destroy();
  return { ok: true };
}
