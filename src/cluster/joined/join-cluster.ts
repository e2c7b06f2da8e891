/**
 * A node in this process that belongs to the cluster of another: it gets a certificate, follows what concerns it at the API server, and runs the same
 * agent and the same network as the nodes of a cluster do. Whether the server is there or not, what runs goes on; what is to be told waits.
 */

import { hostname } from "node:os";
import { resolve } from "node:path";
import { ServerConnection } from "../../client/index.ts";
import { ApiError, hasReason, messageOf } from "../../errors/index.ts";
import type { NodeAgent } from "../../node/index.ts";
import { everyStep, FolderLock, onAbort, realClock, realRandom } from "../../outside/index.ts";
import { RemoteRegistry } from "../../remote/index.ts";
import { customKind, firstDefinitions, KindRegistry, nodeLeaseNamespace } from "../../resources/index.ts";
import { nodeWriter } from "../../store/index.ts";
import { printFault } from "../faults.ts";
import { followDefinitions } from "../kind-definitions.ts";
import { pathOf } from "../options/index.ts";
import { withServerAt } from "./api-endpoint.ts";
import { credentialsToJoin } from "./credentials-to-join.ts";
import type { JoinedNode, JoinOptions } from "./join-options.ts";
import { checkJoinOptions } from "./join-rules.ts";
import { NodeCredentials } from "./node-credentials.ts";
import { serveKubelet, startAgent, startNetwork } from "./node-parts.ts";
import { serverAddress, serverOf } from "./server-address.ts";
import { checkClock, checkTold, explained } from "./why-not.ts";

/** What every node follows: what leads from pod to pod, and how containers may be run. */
const followed = [
  "Node",
  "Pod",
  "Service",
  "EndpointSlice",
  "NetworkPolicy",
  "Namespace",
  "RuntimeClass",
  "CustomResourceDefinition",
  "CSIDriver",
  "HTTPRoute.gateway.networking.k8s.io",
  "GRPCRoute.gateway.networking.k8s.io",
  "ReferenceGrant.gateway.networking.k8s.io",
] as const;

/**
 * Resolves when the node is registered and takes pods. Fails, and has left nothing behind, with BadRequest, Unauthorized, Forbidden, ServiceUnavailable
 * or Timeout where it cannot join; and with the reason of `signal` where that aborts.
 */
export async function joinCluster(options: JoinOptions): Promise<JoinedNode> {
  checkJoinOptions(options);
  const { clock = realClock, random = realRandom, signal } = options;
  signal?.throwIfAborted();
  let isHeard = true;
  const onHeard: JoinOptions["onHeard"] = (heard, why) => {
    isHeard = heard;
    options.onHeard?.(heard, heard ? undefined : explained(why, clock));
  };
  const onFault = (fault: unknown) => {
    // That the server is away is told once, and each of those that want something from it tries again.
    if (isHeard || !hasReason(fault, "ServiceUnavailable")) (options.onFault ?? printFault)(fault);
  };
  const server = serverOf(options.server);
  const name = options.name ?? hostname().toLowerCase();
  checkTold(name, options);
  const folder = options.data === undefined ? undefined : resolve(pathOf(options.data));
  const lock = folder === undefined ? undefined : new FolderLock(folder, clock);
  // Holds the program open, as a server's socket does: no timer of ours does it.
  const hold = setInterval(() => {}, 2 ** 30);
  const ends: (() => unknown)[] = [() => clearInterval(hold), () => lock?.release()];
  const end = () => everyStep(ends.toReversed());
  // Where it does not come so far that it can be told that this node is there, nobody has to be told that it is not.
  let leave = end;
  try {
    await lock?.take().catch(cause => {
      throw new ApiError(
        "BadRequest",
        `the node cannot be kept in ${folder}: ${messageOf(cause)}`,
        {},
        { cause },
      );
    });
    const { onWaiting } = options;
    const parts = { server, node: name, folder, clock, random, onFault, onWaiting };
    const credentials = new NodeCredentials(parts, await credentialsToJoin(options, parts));
    ends.push(() => credentials.stop());
    const connection = new ServerConnection(() => credentials.address);
    await checkClock(connection, clock).catch(error => {
      if (!hasReason(error, "ServiceUnavailable")) throw error;
    });
    const kinds = new KindRegistry();
    for (const definition of firstDefinitions) kinds.define(customKind(definition));
    const registry = new RemoteRegistry({
      connection,
      kinds,
      clock,
      random,
      onFault,
      onHeard,
      seenAs: withServerAt(await serverAddress(server), Number(new URL(server).port || 443)),
    });
    ends.push(() => registry.stop());
    // What is waited for below ends with it.
    const stopListening = onAbort(signal, () => registry.stop());
    ends.push(stopListening);
    await Promise.all(followed.map(kind => registry.follow(kind).synced));
    signal?.throwIfAborted();
    // It is renewed by who reads it, and no node may list them.
    await registry.read("Lease", nodeLeaseNamespace, name).catch(() => {});

    // Workers ask for objects of any kind.
    followDefinitions(registry.store, kinds);
    const joining = { options, ...parts, name, credentials, connection, kinds, registry, ends };
    const network = await startNetwork(joining);
    const node = await startAgent(joining, network);
    // Who says farewell is gone: one of its name may come at once.
    const giveUpLease = async () => {
      const request = { author: nodeWriter(name) };
      await registry.delete("Lease", nodeLeaseNamespace, name, request).catch(() => {});
    };
    const joined = joinedNode(name, node.agent, { isHeard: () => isHeard, giveUpLease, end });
    leave = joined.shutDown;
    await serveKubelet(joining, network, node);
    signal?.throwIfAborted();
    stopListening();
    return joined;
  } catch (error) {
    // What has been stopped in the middle tells nobody.
    await (signal?.aborted ? end() : leave());
    signal?.throwIfAborted();
    throw error;
  }
}

/** So long the pods have to end of a node that shuts down and cannot tell. */
const unheardGraceMs = 30_000;

interface Ending {
  readonly isHeard: () => boolean;
  readonly giveUpLease: () => Promise<void>;
  readonly end: () => Promise<void>;
}

function joinedNode(name: string, agent: NodeAgent, { isHeard, giveUpLease, end }: Ending): JoinedNode {
  let ended: Promise<void> | undefined;
  const stop = () => {
    ended ??= end();
    return ended;
  };
  let shuttingDown: Promise<void> | undefined;
  const shutDown = () => {
    // What cannot be told is not waited for.
    shuttingDown ??= (isHeard() ? agent.shutDown().then(giveUpLease) : agent.stop(unheardGraceMs)).finally(
      stop,
    );
    return shuttingDown;
  };
  return { name, stop, shutDown, [Symbol.asyncDispose]: stop };
}
