/** The door of channels/: sessions and forwarded ports over the channels of a WebSocket, for the API server and nodes alike. */
export { ChannelCommand, errorText } from "./channel-command.ts";
export { forwardChannels, portsIn } from "./channel-port-forward.ts";
export { Channels } from "./channels.ts";
export { forwardingError } from "./forwarding-error.ts";
export {
  type CommandStatus,
  type CommandStreams,
  internalError,
  type RemoteCommand,
  type RemoteListener,
  serveSession,
  sizeIn,
  statusOfAttached,
  statusOfCommand,
} from "./remote-command.ts";
export {
  acceptSpdy,
  agreedOn,
  answerUpgradeRequired,
  asksForSpdy,
  assertStreams,
  offeredProtocols,
  plainResponse,
  type Upgrade,
} from "./upgrade.ts";
export { tunnelProtocol, WebSockets } from "./web-sockets.ts";
