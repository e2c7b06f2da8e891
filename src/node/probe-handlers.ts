/** How a probe asks: the event loop, a message, an HTTP request, a connection. Each answers in time or is a failure. */
import type { Clock } from "../outside/index.ts";
import type { PodContainer, Probe } from "../resources/index.ts";
import type { ProbeAnswer } from "./probes.ts";
import type { RunningContainer } from "./runtime.ts";

export interface Probed {
  readonly container: PodContainer;
  readonly running: RunningContainer;
  readonly podIP: string;
  readonly clock: Clock;
  /** Sends a message to this very container and resolves with the answer. */
  request(body: unknown, timeoutMs: number): Promise<unknown>;
}

export async function askProbe(probe: Probe, probed: Probed): Promise<ProbeAnswer> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1_000;
  if (probe.exec) return await askByCommand(probe.exec.command ?? [], timeoutMs, probed);
  const deadline = new AbortController();
  const timer = probed.clock.after(timeoutMs, () =>
    deadline.abort(new Error(`no answer within ${timeoutMs / 1_000} s`)),
  );
  try {
    if (probe.httpGet) return await askByHttp(probe.httpGet, probed, deadline.signal);
    if (probe.tcpSocket) return await askByTcp(probe.tcpSocket, probed, deadline.signal);
  } finally {
    timer.cancel();
  }
  return failure("a probe needs one of exec, httpGet, tcpSocket");
}

function failure(problem: string): ProbeAnswer {
  return { ok: false, problem };
}

async function askByCommand(
  command: readonly string[],
  timeoutMs: number,
  { running, request }: Probed,
): Promise<ProbeAnswer> {
  const [name, text] = command;
  if (name === "event-loop") {
    return (await running.responds(timeoutMs))
      ? { ok: true }
      : failure(`the event loop did not turn within ${timeoutMs / 1_000} s`);
  }
  if (name === "request") {
    const body = text === undefined ? undefined : jsonOr(text);
    return await request(body, timeoutMs).then(
      () => ({ ok: true }) as const,
      (error: unknown) => failure(error instanceof Error ? error.message : String(error)),
    );
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

type HttpGet = NonNullable<Probe["httpGet"]>;
type TcpSocket = NonNullable<Probe["tcpSocket"]>;

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
  { container, podIP }: Probed,
  signal: AbortSignal,
): Promise<ProbeAnswer> {
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
  { container, podIP }: Probed,
  signal: AbortSignal,
): Promise<ProbeAnswer> {
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
