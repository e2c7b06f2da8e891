/** Connections to endpoints, for requests over HTTP: kept for the next request, or of one request alone. */
import { Agent, type ClientRequestArgs } from "node:http";
import { Socket } from "node:net";
import { Duplex } from "node:stream";
import type { FoundEndpoint } from "../../messages/index.ts";
import type { Clock } from "../../outside/index.ts";
import { connectMs, type DialEndpoint } from "../dial.ts";
import { endpointName, NoAnswer } from "./no-answer.ts";

type Callback = (error: Error | null, stream: Duplex) => void;

/** Which endpoint a request is for: an agent is given all that the request is made with. */
export interface Meant {
  readonly endpoint?: FoundEndpoint;
}

export class EndpointAgent extends Agent {
  readonly #dial: (endpoint: FoundEndpoint) => Promise<Duplex>;

  constructor(dial: (endpoint: FoundEndpoint) => Promise<Duplex>, keepAlive: boolean) {
    super({ keepAlive, maxFreeSockets: 256, timeout: 60_000 });
    this.#dial = dial;
  }

  override createConnection({ endpoint }: ClientRequestArgs & Meant, callback?: Callback): undefined {
    if (!endpoint) throw new TypeError("a request of this agent says which endpoint is meant");
    this.#dial(endpoint).then(
      socket => callback?.(null, keepable(socket)),
      // Of a failure Node takes no stream.
      error => callback?.(error as Error, new Duplex()),
    );
  }
}

/** To a pod of another process leads a stream of HTTP/2, which lacks what an agent calls to keep a connection and to take it up again. */
function keepable(stream: Duplex): Duplex {
  return stream instanceof Socket
    ? stream
    : Object.assign(stream, { setKeepAlive() {}, ref() {}, unref() {} });
}

/** Dials for so long as a connection may take. */
export async function dialInTime(
  endpoint: FoundEndpoint,
  { dial, clock }: { readonly dial: DialEndpoint; readonly clock: Pick<Clock, "after"> },
): Promise<Duplex> {
  const controller = new AbortController();
  const timer = clock.after(connectMs, () =>
    controller.abort(new NoAnswer(504, `${endpointName(endpoint)} cannot be reached in time`, "others")),
  );
  try {
    return await dial(endpoint, { signal: controller.signal });
  } finally {
    timer.cancel();
  }
}
