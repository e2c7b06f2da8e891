/**
 * port-forward over SPDY: for each connection that a client forwards it opens two streams with one request id, `data` for the
 * bytes and `error` for what went wrong. Many at a time, to any port of the pod.
 */
import type { Duplex } from "node:stream";
import { forwardingError } from "../../kubelet/index.ts";
import type { Dial } from "../../node/index.ts";
import { type Clock, joinStreams, type Timer } from "../../outside/index.ts";
import { SpdyConnection, type SpdyStream } from "./spdy-connection.ts";

export const portForwardProtocol = "portforward.k8s.io";

/** As long as Kubernetes waits for the second stream of a pair. */
const pairWithinMs = 30_000;

interface Pair {
  readonly timer: Timer;
  data?: SpdyStream;
  error?: SpdyStream;
}

/** Resolves when the client has gone. */
export function forwardPorts(socket: Duplex, dial: Dial, clock: Clock): Promise<void> {
  const pairs = new Map<string, Pair>();
  const connection = new SpdyConnection(socket, stream => {
    const { headers } = stream;
    const type = headers.get("streamtype");
    if (type !== "data" && type !== "error") return void stream.destroy();
    // Old clients name no request: there the streams of a pair follow one another.
    const id = headers.get("requestid") ?? String(type === "error" ? stream.id : stream.id - 2);
    const pair = pairs.get(id) ?? { timer: clock.after(pairWithinMs, () => giveUp(id)) };
    pairs.set(id, pair);
    if (pair[type]) return void stream.destroy();
    pair[type] = stream;
    const { data, error } = pair;
    if (!data || !error) return;
    pair.timer.cancel();
    pairs.delete(id);
    void forward(data, error, dial);
  });
  const giveUp = (id: string) => {
    const { data, error } = pairs.get(id) ?? {};
    pairs.delete(id);
    for (const stream of [data, error]) stream?.destroy();
  };
  return connection.ended.then(() => {
    for (const { timer } of pairs.values()) timer.cancel();
  });
}

async function forward(data: SpdyStream, error: SpdyStream, dial: Dial): Promise<void> {
  error.resume();
  const port = Number(data.headers.get("port"));
  try {
    const socket = await dial(port);
    await joinStreams(data, socket);
    error.end();
  } catch (cause) {
    // Where the client has left, nobody reads it.
    error.end(forwardingError(port, cause));
    data.end();
    data.resume();
  }
}
