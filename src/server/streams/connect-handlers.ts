/**
 * What can be connected to: a file and a row for each. That an object has it stands with the kinds (`connections` in
 * built-in-kinds.ts), what it opens with the nodes (node/connections.ts).
 */

import { WebSockets } from "../../kubelet/index.ts";
import type { PodConnections } from "../../node/index.ts";
import { attachHandler, execHandler } from "./command.ts";
import type { ConnectHandler, ConnectParts } from "./connect-handler.ts";
import { logHandler } from "./log.ts";
import { portForwardHandler } from "./port-forward.ts";
import { proxyHandler } from "./proxy.ts";

export type ConnectHandlers = ReadonlyMap<string, ConnectHandler>;

/** By the name of the subresource. */
export function connectHandlers(given: Omit<ConnectParts, "webSockets">): ConnectHandlers {
  const { api, clock, onFault } = given;
  const parts = { api, clock, onFault, webSockets: new WebSockets() };
  const handlers: Readonly<Record<keyof PodConnections, ConnectHandler>> = {
    log: logHandler(parts),
    exec: execHandler(parts),
    attach: attachHandler(parts),
    portforward: portForwardHandler(parts),
    proxy: proxyHandler(parts),
  };
  return new Map(Object.entries(handlers));
}
