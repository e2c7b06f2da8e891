/**
 * Connections that the program of a container opens. `connect` of Node's sockets, which everything else uses (fetch, http, tls, drivers of
 * databases), leads hosts of the cluster to the sockets of pods (attempt.ts). A host that is not of the cluster is left to Node.
 */
import net, { type Socket } from "node:net";
import { beginConnecting } from "./adopt.ts";
import { questionIn } from "./asked.ts";
import { Attempt } from "./attempt.ts";
import { named } from "./named.ts";
import type { Connect } from "./own-socket.ts";
import type { PodNetwork } from "./pod-network.ts";

/** @param networkOf undefined until there is a container */
export function leadConnections(networkOf: () => PodNetwork | undefined): void {
  const prototype = net.Socket.prototype as unknown as { connect: Connect };
  const { connect } = prototype;
  prototype.connect = named("connect", function (...args) {
    const network = networkOf();
    const asked = network && questionIn(args);
    if (!network || !asked || isParentConnecting(this)) return connect.apply(this, args);
    const found = network.find(asked.host);
    const isElsewhere = found === undefined && (net.isIP(asked.host) > 0 || !network.mayBeOurs(asked.host));
    if (isElsewhere && !network.verdicts?.isPoliced) return connect.apply(this, args);
    if (asked.callback) this.once("connect", asked.callback);
    beginConnecting(this);
    new Attempt(this, asked, network, connect).start(found);
    return this;
  });
}

/** Of a TLS socket over one that connects: it follows. */
function isParentConnecting(socket: Socket & { _parent?: Socket | null }): boolean {
  return socket._parent?.connecting === true;
}
