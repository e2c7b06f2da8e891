/** The door of sockets/: how ordinary servers and clients of a container's program meet those of other pods. */
import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";
import { leadConnections } from "./connecting.ts";
import { leadDatagrams } from "./datagrams.ts";
import { leadResets, showEnds } from "./ends.ts";
import { leadServers } from "./listening.ts";
import { leadNames } from "./naming.ts";
import { leadHostname } from "./own-name.ts";
import { PodNetwork, type PodNetworkOptions } from "./pod-network.ts";
import { leadResolvers } from "./resolving.ts";

export { takeHead } from "./connection-head.ts";
export { encodeDatagramHead } from "./datagram-head.ts";
export { datagramFile, machinePortAt } from "./datagram-ports.ts";
export { clusterServer, type PodNames } from "./host-names.ts";
export { InnerLine } from "./inner-line.ts";
export { named } from "./named.ts";
export { type NetworkPlace, networkOptions } from "./network-options.ts";
export type { PodNetwork, PodNetworkOptions } from "./pod-network.ts";
export { connectTo, type Dialling, dialPod, innerPath, listenAt, type PodSockets } from "./pod-sockets.ts";

/**
 * Puts this thread's sockets in charge of k4s: nothing changes until the container is known, for which the function that is returned is
 * called. Before any code of the container's.
 * @param sharesPorts in a worker of Node's cluster, whose primary listens for all
 */
export function leadSockets(sharesPorts = false): (options: PodNetworkOptions) => PodNetwork {
  let network: PodNetwork | undefined;
  const networkOf = () => network;
  showEnds();
  leadResets();
  leadConnections(networkOf);
  leadServers(networkOf, sharesPorts);
  leadNames(networkOf);
  leadHostname(networkOf);
  leadResolvers(networkOf);
  leadDatagrams(networkOf, sharesPorts);
  syncBuiltinESMExports();
  return options => {
    network = new PodNetwork(options);
    const { isClusters = true, servers = [] } = options.sockets.names ?? {};
    if (!isClusters && servers.length > 0) {
      dns.setServers(servers);
      // Node has exchanged functions of the module.
      syncBuiltinESMExports();
    }
    return network;
  };
}
