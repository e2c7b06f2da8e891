/** `exec` and `attach`: a session with a container, over WebSocket or SPDY. */
import { ApiError } from "../../errors/index.ts";
import {
  acceptSpdy,
  agreedOn,
  answerUpgradeRequired,
  asksForSpdy,
  assertStreams,
  ChannelCommand,
  Channels,
  type CommandStatus,
  type CommandStreams,
  internalError,
  serveSession,
  statusOfAttached,
  statusOfCommand,
} from "../../kubelet/index.ts";
import type { Session, SessionExit } from "../../node/index.ts";
import { isTrue } from "../query.ts";
import type { ConnectHandler, ConnectParts } from "./connect-handler.ts";
import { commandProtocols, SpdyCommand } from "./spdy-command.ts";

export function execHandler(parts: ConnectParts): ConnectHandler {
  return sessionHandler(parts, "exec", query => ({ command: query.getAll("command") }), statusOfCommand);
}

export function attachHandler(parts: ConnectParts): ConnectHandler {
  return sessionHandler(parts, "attach", () => ({}), statusOfAttached);
}

function sessionHandler(
  { api, clock, webSockets, onFault }: ConnectParts,
  subresource: "exec" | "attach",
  ownOptions: (query: URLSearchParams) => { readonly command?: readonly string[] },
  statusOf: (exit: SessionExit) => CommandStatus,
): ConnectHandler {
  return {
    answer: answerUpgradeRequired,
    async upgrade({ caller, target, query }, upgrade) {
      assertStreams(upgrade);
      const wanted = wantedIn(query);
      const protocol = asksForSpdy(upgrade) ? agreedOn(commandProtocols, upgrade) : undefined;
      const container = query.get("container");
      const options = { ...wanted, ...(container && { container }), ...ownOptions(query) };
      let session: Session;
      try {
        session = await api.connect(caller, { ...target, subresource }, options);
      } catch (error) {
        if (protocol || !(error instanceof ApiError && error.reason === "InternalError")) throw error;
        // Over WebSockets Kubernetes asks the node after the upgrade: what the node refuses is told as a command's end is.
        const channels = new Channels(await webSockets.acceptChannels(upgrade), onFault);
        return new ChannelCommand(channels).finish(
          internalError(`unable to upgrade connection: ${error.message}`),
        );
      }
      try {
        const remote = protocol
          ? await SpdyCommand.accept(acceptSpdy(upgrade, protocol), wanted, protocol, clock)
          : new ChannelCommand(new Channels(await webSockets.acceptChannels(upgrade), onFault));
        if (remote) await serveSession(session, remote, wanted, statusOf);
      } finally {
        session.close();
      }
    },
  };
}

/** Throws BadRequest where nothing is wanted. */
function wantedIn(query: URLSearchParams): CommandStreams {
  const [stdin, stdout, stderr, tty] = ["stdin", "stdout", "stderr", "tty"].map(name => isTrue(query, name));
  if (!stdin && !stdout && !stderr)
    throw new ApiError("BadRequest", "you must specify at least 1 of stdin, stdout, stderr");
  return { stdin: stdin === true, stdout: stdout === true, stderr: stderr === true, tty: tty === true };
}
