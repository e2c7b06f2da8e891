/**
 * How a subresource that is connected to (exec, log, proxy) is spoken over HTTP: the API opens it, which says who may and whether
 * it can be, and what handles it moves the bytes. Whatever is refused is refused before a byte is sent or a connection upgraded,
 * so that clients can read why.
 */
import type { Api, Caller, ObjectTarget } from "../../api/index.ts";
import type { Upgrade, WebSockets } from "../../kubelet/index.ts";
import type { PodConnections } from "../../node/index.ts";
import type { Clock } from "../../outside/index.ts";
import type { HttpRequest, HttpResponse } from "../answer.ts";

export interface ConnectHandler {
  /**
   * Resolves when a request that asks for no other protocol has its answer. Rejects, before anything is answered, with what is to
   * be told instead.
   */
  answer(call: ConnectCall, request: HttpRequest, response: HttpResponse): Promise<void>;
  /**
   * Resolves when what was spoken in the protocol that was asked for is over. Rejects before the connection is upgraded. Where it is
   * absent, a request is answered as if it had asked for no protocol.
   */
  upgrade?(call: ConnectCall, upgrade: Upgrade): Promise<void>;
}

/** What is connected to, and by whom. */
export interface ConnectCall {
  readonly caller: Caller;
  /** Its name as it stands in the path. */
  readonly target: ObjectTarget;
  readonly query: URLSearchParams;
}

export interface ConnectParts {
  readonly api: Api<PodConnections>;
  readonly clock: Clock;
  readonly webSockets: WebSockets;
  /** Takes mistakes of our own, of which the client is only told that its connection ends. */
  readonly onFault: (fault: unknown) => void;
}
