/**
 * The health check of gRPC (`grpc.health.v1.Health/Check`), asked over HTTP/2 without TLS, as a kubelet does. One call with one field each way
 * needs no library.
 */
import type { ClientHttp2Session, IncomingHttpHeaders } from "node:http2";
import { buffer } from "node:stream/consumers";
import { grpcCodes, messageOf } from "../../errors/index.ts";
import { onAbort } from "../../outside/index.ts";
import type { Probe } from "../../resources/index.ts";
import { connection, type HandlerResult, type HandlerTarget } from "./handler-target.ts";

type Grpc = NonNullable<Probe["grpc"]>;

const statuses = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];
/** The code of gRPC that has words of its own here. */
const unimplemented = 12;

/** @param timeout how long the signal leaves it, as it is told: `1s` */
export async function checkHealth(
  { port, service = "" }: Grpc,
  timeout: string,
  target: HandlerTarget,
  signal: AbortSignal,
): Promise<HandlerResult> {
  const address = `${target.podIP}:${port}`;
  const { connect } = await import("node:http2");
  let session: ClientHttp2Session | undefined;
  try {
    const socket = await connection({ port }, target, signal).catch(() => undefined);
    if (!socket)
      return failure(
        `timeout: failed to connect service "${address}" within ${timeout}: context deadline exceeded`,
      );
    session = connect(`http://${address}`, { createConnection: () => socket });
    const { status, message, code } = await call(session, service, signal);
    if (code === unimplemented)
      return failure(
        `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${message}`,
      );
    if (code !== 0)
      return failure(
        `error: health rpc probe failed: rpc error: code = ${grpcCodes[code] ?? "Unknown"} desc = ${message}`,
      );
    return status === "SERVING" ? { ok: true } : failure(`service unhealthy (responded with "${status}")`);
  } catch (error) {
    if (signal.aborted) return failure(`timeout: health rpc did not complete within ${timeout}`);
    return failure(`error: health rpc probe failed: ${messageOf(error)}`);
  } finally {
    session?.destroy();
  }
}

function failure(problem: string): HandlerResult {
  return { ok: false, problem };
}

interface HealthAnswer {
  readonly code: number;
  readonly message: string;
  readonly status: string;
}

async function call(
  session: ClientHttp2Session,
  service: string,
  signal: AbortSignal,
): Promise<HealthAnswer> {
  const failed = new Promise<never>((_, reject) => {
    session.on("error", reject);
    onAbort(signal, () => reject(signal.reason));
  });
  const answered = async (): Promise<HealthAnswer> => {
    const stream = session.request({
      ":method": "POST",
      ":path": "/grpc.health.v1.Health/Check",
      "content-type": "application/grpc",
      "user-agent": "kube-probe/1.35",
      te: "trailers",
    });
    const last: IncomingHttpHeaders = {};
    stream.on("response", headers => Object.assign(last, headers));
    stream.on("trailers", trailers => Object.assign(last, trailers));
    stream.end(framed(requestFor(service)));
    const body = await buffer(stream);
    const code = Number(last["grpc-status"] ?? (last[":status"] === "404" ? unimplemented : 2));
    const message = decodeURIComponent(String(last["grpc-message"] ?? ""));
    return { code, message, status: statuses[statusIn(body)] ?? "UNKNOWN" };
  };
  return Promise.race([failed, answered()]);
}

/** HealthCheckRequest: its one field, number 1, is the service. */
function requestFor(service: string): Uint8Array {
  const text = Buffer.from(service);
  if (text.length === 0) return text;
  const length = text.length < 128 ? [text.length] : [(text.length & 127) | 128, text.length >> 7];
  return Buffer.concat([Buffer.from([0x0a, ...length]), text]);
}

/** Not compressed, and how long it is. */
function framed(message: Uint8Array): Uint8Array {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** HealthCheckResponse: its one field, number 1, is the status; absent is 0. */
function statusIn(body: Uint8Array): number {
  return body[5] === 0x08 ? (body[6] ?? 0) : 0;
}
