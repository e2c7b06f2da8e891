/**
 * Requests for the streams of a pod: what is asked for is opened by the API (who may, whether it runs), then the connection is
 * upgraded, then bytes go to and fro. Whatever is refused is refused before the upgrade, so that clients can read why.
 */
import type { Api, Caller, ObjectTarget } from "../../api/index.ts";
import { ApiError } from "../../errors/index.ts";
import type { PodConnections, Session } from "../../node/index.ts";
import type { Clock } from "../../outside/index.ts";
import { isTrue } from "../query.ts";
import { ChannelCommand } from "./channel-command.ts";
import { forwardChannels, portsIn } from "./channel-port-forward.ts";
import { Channels } from "./channels.ts";
import {
  type CommandStreams,
  internalError,
  serveSession,
  statusOfAttached,
  statusOfCommand,
} from "./remote-command.ts";
import { commandProtocols, SpdyCommand } from "./spdy-command.ts";
import { forwardPorts, portForwardProtocol } from "./spdy-port-forward.ts";
import { acceptSpdy, asksForSpdy, asksForWebSocket, offeredProtocols, type Upgrade } from "./upgrade.ts";
import { tunnelProtocol, WebSockets } from "./web-sockets.ts";

export interface StreamParts {
  readonly api: Api<PodConnections>;
  readonly clock: Clock;
}

export class StreamRequests {
  readonly #parts: StreamParts;
  readonly #webSockets = new WebSockets();

  constructor(parts: StreamParts) {
    this.#parts = parts;
  }

  /** Resolves when the stream is over. Rejects before the connection is upgraded, with what is to be answered. */
  serve(upgrade: Upgrade, caller: Caller, target: ObjectTarget, query: URLSearchParams): Promise<void> {
    if (!asksForWebSocket(upgrade) && !asksForSpdy(upgrade)) throw upgradeRequired();
    switch (target.subresource) {
      case "exec":
      case "attach":
        return this.#command(upgrade, caller, target, target.subresource, query);
      case "portforward":
        return this.#portForward(upgrade, caller, target, query);
      default:
        throw upgradeRequired();
    }
  }

  async #command(
    upgrade: Upgrade,
    caller: Caller,
    target: ObjectTarget,
    subresource: "exec" | "attach",
    query: URLSearchParams,
  ): Promise<void> {
    const wanted = wantedIn(query);
    const protocol = asksForSpdy(upgrade) ? agreedOn(commandProtocols, upgrade) : undefined;
    const container = query.get("container");
    const options = {
      ...wanted,
      ...(container && { container }),
      ...(subresource === "exec" && { command: query.getAll("command") }),
    };
    let session: Session;
    try {
      session = await this.#parts.api.connect(caller, { ...target, subresource }, options);
    } catch (error) {
      if (protocol || !(error instanceof ApiError && error.reason === "InternalError")) throw error;
      // Over WebSockets Kubernetes asks the node after the upgrade: what the node refuses is told as a command's end is.
      const channels = new Channels(await this.#webSockets.acceptChannels(upgrade));
      return new ChannelCommand(channels).finish(
        internalError(`unable to upgrade connection: ${error.message}`),
      );
    }
    try {
      const remote = protocol
        ? await SpdyCommand.accept(acceptSpdy(upgrade, protocol), wanted, protocol, this.#parts.clock)
        : new ChannelCommand(new Channels(await this.#webSockets.acceptChannels(upgrade)));
      const statusOf = subresource === "exec" ? statusOfCommand : statusOfAttached;
      if (remote) await serveSession(session, remote, wanted, statusOf);
    } finally {
      session.close();
    }
  }

  async #portForward(
    upgrade: Upgrade,
    caller: Caller,
    target: ObjectTarget,
    query: URLSearchParams,
  ): Promise<void> {
    const isSpdy = asksForSpdy(upgrade);
    const isTunnel = !isSpdy && offeredProtocols(upgrade).includes(tunnelProtocol);
    const protocol = isSpdy ? agreedOn([portForwardProtocol], upgrade) : undefined;
    const ports = isSpdy || isTunnel ? [] : portsIn(query);
    const { api, clock } = this.#parts;
    const dial = await api.connect(caller, { ...target, subresource: "portforward" }, { ports });
    if (protocol) return forwardPorts(acceptSpdy(upgrade, protocol), dial, clock);
    if (isTunnel) return forwardPorts(await this.#webSockets.acceptTunnel(upgrade), dial, clock);
    return forwardChannels(new Channels(await this.#webSockets.acceptChannels(upgrade)), ports, dial);
  }
}

/** For a request that asks for no upgrade, where there is nothing else. */
export function upgradeRequired(): ApiError {
  return new ApiError("BadRequest", "Upgrade request required");
}

/** Throws BadRequest where nothing is wanted. */
function wantedIn(query: URLSearchParams): CommandStreams {
  const [stdin, stdout, stderr, tty] = ["stdin", "stdout", "stderr", "tty"].map(name => isTrue(query, name));
  if (!stdin && !stdout && !stderr)
    throw new ApiError("BadRequest", "you must specify at least 1 of stdin, stdout, stderr");
  return { stdin: stdin === true, stdout: stdout === true, stderr: stderr === true, tty: tty === true };
}

/** Throws Forbidden, as Kubernetes does, where the client offers none of them. */
function agreedOn<P extends string>(known: readonly P[], upgrade: Upgrade): P {
  const offered = offeredProtocols(upgrade);
  const agreed = known.find(each => offered.includes(each));
  if (agreed !== undefined) return agreed;
  const said = `unable to upgrade: unable to negotiate protocol: client supports [${offered.join(" ")}], server accepts [${known.join(" ")}]`;
  throw new ApiError("Forbidden", said);
}
