/**
 * Runs the handler of a probe or a hook once: a command in the container (exec), an HTTP request, a connection, a sleep. Each
 * succeeds in time or fails.
 */
import type { Socket } from "node:net";
import { messageOf } from "../../errors/index.ts";
import { type Clock, onAbort } from "../../outside/index.ts";
import type { LifecycleHandler, PodContainer } from "../../resources/index.ts";
import { connectTo } from "../../worker/index.ts";
import type { RunningContainer } from "../runtimes/index.ts";
import type { PodPorts } from "../streams/index.ts";

/** What came of it; a failure says what was wrong. */
export type HandlerResult = { readonly ok: true } | { readonly ok: false; readonly problem: string };

/** The container that it is run for. */
export interface HandlerTarget {
  readonly container: PodContainer;
  readonly running: RunningContainer;
  readonly podIP: string;
  readonly ports: PodPorts;
  readonly clock: Clock;
}

/** Never rejects: what goes wrong is the result. */
export async function runHandler(
  handler: LifecycleHandler,
  timeoutMs: number,
  target: HandlerTarget,
): Promise<HandlerResult> {
  const deadline = new AbortController();
  const isLoop = handler.exec?.command?.[0] === "event-loop";
  const missing = isLoop ? "the event loop did not turn" : "no answer";
  const timer = target.clock.after(timeoutMs, () =>
    deadline.abort(new Error(`${missing} within ${timeoutMs / 1_000} s`)),
  );
  try {
    const { hasPorts, hasPrograms } = target.running;
    const canRun = handler.exec ? hasPrograms : handler.sleep || hasPorts;
    if (!canRun) return await runCommand(["event-loop"], target, deadline.signal);
    if (handler.exec) return await runCommand(handler.exec.command ?? [], target, deadline.signal);
    if (handler.httpGet) return await requestOverHttp(handler.httpGet, target, deadline.signal);
    if (handler.tcpSocket) return await connectOverTcp(handler.tcpSocket, target, deadline.signal);
    if (handler.sleep) return await sleep(handler.sleep.seconds * 1_000, target, deadline.signal);
    return failure("k4s can ask by exec, httpGet and tcpSocket, and this is none of them");
  } catch (error) {
    return failure(whyUnreachable(handler, error, target) ?? messageOf(error));
  } finally {
    timer.cancel();
  }
}

/** Where nothing listens, in the words of the kubelet; undefined for all else. */
function whyUnreachable(
  { httpGet, tcpSocket }: LifecycleHandler,
  error: unknown,
  { container, podIP }: HandlerTarget,
): string | undefined {
  const asked = httpGet ?? tcpSocket;
  if ((error as NodeJS.ErrnoException).code !== "ECONNREFUSED" || !asked) return undefined;
  const address = `${asked.host ?? podIP}:${portOf(asked.port, container)}`;
  const problem = `dial tcp ${address}: connect: connection refused`;
  if (!httpGet) return problem;
  const { path = "/", scheme = "HTTP" } = httpGet;
  return `Get "${scheme.toLowerCase()}://${address}${path.startsWith("/") ? path : `/${path}`}": ${problem}`;
}

function failure(problem: string): HandlerResult {
  return { ok: false, problem };
}

/** So much of what a command prints is told, as by the kubelet. */
const toldLength = 10 * 1024;

async function runCommand(
  command: readonly string[],
  { running }: HandlerTarget,
  signal: AbortSignal,
): Promise<HandlerResult> {
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

async function sleep(ms: number, { clock }: HandlerTarget, signal: AbortSignal): Promise<HandlerResult> {
  await clock.sleep(ms, signal);
  return { ok: true };
}

type HttpGet = NonNullable<LifecycleHandler["httpGet"]>;
type TcpSocket = NonNullable<LifecycleHandler["tcpSocket"]>;

/** A probe may name another host than the pod, but none outside of this machine. */
async function connection(
  { host, port }: TcpSocket,
  { container, podIP, ports }: HandlerTarget,
  signal: AbortSignal,
): Promise<Socket> {
  const number = portOf(port, container);
  if (host === undefined) return ports.dial(podIP, number, { signal });
  if (!/^(127\.\d+\.\d+\.\d+|localhost|::1)$/.test(host))
    throw new Error(`a probe only asks loopback addresses, not ${host}`);
  return connectTo({ host, port: number }, signal);
}

function portOf(port: number | string, container: PodContainer): number {
  if (typeof port === "number") return port;
  const named = container.ports?.find(({ name }) => name === port)?.containerPort;
  if (named === undefined) throw new Error(`the container has no port named "${port}"`);
  return named;
}

async function requestOverHttp(
  { host, path = "/", port, scheme = "HTTP", httpHeaders = [] }: HttpGet,
  target: HandlerTarget,
  signal: AbortSignal,
): Promise<HandlerResult> {
  const [{ request }, { connect }] = await Promise.all([import("node:http"), import("node:tls")]);
  const own = Object.fromEntries(httpHeaders.map(({ name, value }) => [name, value]));
  const headers = { "User-Agent": "kube-probe/1.35", Accept: "*/*", Connection: "close", ...own };
  const plain = await connection({ host, port }, target, signal);
  const socket = scheme === "HTTPS" ? connect({ socket: plain, rejectUnauthorized: false }) : plain;
  const status = await new Promise<number>((resolve, reject) => {
    const hostname = host ?? target.podIP;
    const sent = request(
      {
        hostname,
        port: portOf(port, target.container),
        path,
        headers,
        signal,
        createConnection: () => socket,
      },
      answer => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      },
    );
    sent.on("error", error => reject(signal.aborted ? signal.reason : error));
    sent.end();
  }).finally(() => socket.destroy());
  return status >= 200 && status < 400
    ? { ok: true }
    : failure(`HTTP probe failed with statuscode: ${status}`);
}

async function connectOverTcp(
  probe: TcpSocket,
  target: HandlerTarget,
  signal: AbortSignal,
): Promise<HandlerResult> {
  const socket = await connection(probe, target, signal);
  socket.destroy();
  return { ok: true };
}
