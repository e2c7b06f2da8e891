/** `portforward`: over SPDY, over SPDY inside of a WebSocket, or over the plain channels of a WebSocket. */
import {
  acceptSpdy,
  agreedOn,
  answerUpgradeRequired,
  asksForSpdy,
  assertStreams,
  Channels,
  forwardChannels,
  offeredProtocols,
  portsIn,
  tunnelProtocol,
} from "../../kubelet/index.ts";
import type { ConnectHandler, ConnectParts } from "./connect-handler.ts";
import { forwardPorts, portForwardProtocol } from "./spdy-port-forward.ts";

export function portForwardHandler({ api, clock, webSockets, onFault }: ConnectParts): ConnectHandler {
  return {
    answer: answerUpgradeRequired,
    async upgrade({ caller, target, query }, upgrade) {
      assertStreams(upgrade);
      const isSpdy = asksForSpdy(upgrade);
      const isTunnel = !isSpdy && offeredProtocols(upgrade).includes(tunnelProtocol);
      const protocol = isSpdy ? agreedOn([portForwardProtocol], upgrade) : undefined;
      const ports = isSpdy || isTunnel ? [] : portsIn(query);
      const dial = await api.connect(caller, { ...target, subresource: "portforward" }, { ports });
      if (protocol) return forwardPorts(acceptSpdy(upgrade, protocol), dial, clock);
      if (isTunnel) return forwardPorts(await webSockets.acceptTunnel(upgrade), dial, clock);
      return forwardChannels(new Channels(await webSockets.acceptChannels(upgrade), onFault), ports, dial);
    },
  };
}
