/**
 * A connection that is led on to an endpoint of a Service as it is, whatever is spoken there: at node ports, and where routes between pods find
 * that it is not HTTP. The endpoint is chosen as everywhere (messages/found-host.ts), among what NetworkPolicies allow.
 */
import type { Socket } from "node:net";
import { endpointFor, type TrafficBook } from "../messages/index.ts";
import { type Clock, joinStreams, unmapped } from "../outside/index.ts";
import { connectMs, type DeniedEndpoint, type DialEndpoint } from "./dial.ts";
import type { FollowConnection } from "./policed-connections.ts";
import type { FoundService } from "./service-ports.ts";
import { trafficPolicyOf } from "./traffic-policies.ts";

export interface ConnectionForwardingParts {
  readonly dial: DialEndpoint;
  readonly denied: DeniedEndpoint;
  readonly follow: FollowConnection;
  readonly clock: Pick<Clock, "after">;
  readonly traffic: TrafficBook;
}

interface Forwarded {
  /** It is paused. */
  readonly client: Socket;
  /** Its address. */
  readonly from: string;
  /** Undefined where there is none any more. */
  readonly found: FoundService | undefined;
  /** Of the Service. */
  readonly port: number;
  /** Whether it is let in at all; it is where left out. */
  readonly isSource?: boolean;
}

/** Refused, as far as one can that has accepted already, where nothing behind the Service is ready. */
export async function forwardConnection(
  { client, from, found, port, isSource = true }: Forwarded,
  { dial, denied, follow, clock, traffic }: ConnectionForwardingParts,
): Promise<void> {
  const plainFrom = unmapped(from);
  const host = {
    name: found?.service.metadata.name ?? "",
    addresses: [],
    ports: found?.ports ?? [],
    ...(found && { traffic: trafficPolicyOf(found.service) }),
  };
  const chosen = endpointFor(host, "", port, { address: from, traffic });
  if (!chosen) {
    client.resetAndDestroy();
    return;
  }
  const { endpoint, use } = chosen;
  if (denied(plainFrom, endpoint) !== undefined || !isSource) {
    // Its packets would be dropped: the client hears nothing, for as long as a connection may take.
    const patience = clock.after(connectMs, () => client.resetAndDestroy());
    client.once("close", () => patience.cancel());
    client.once("end", () => client.destroy());
    client.resume();
    return;
  }
  use?.begin();
  client.once("close", () => use?.end());
  const controller = new AbortController();
  const timer = clock.after(connectMs, () => controller.abort(new Error("not connected in time")));
  client.once("close", () => controller.abort(new Error("the client is gone")));
  try {
    const socket = await dial(endpoint, { from, signal: controller.signal });
    use?.went("success");
    const unfollow = follow(plainFrom, endpoint, () => client.destroy());
    client.once("close", unfollow);
    const end = () => {
      client.destroy();
      socket.destroy();
    };
    // Of one that leaves the other hears by its connection.
    joinStreams(client, socket).then(end, end);
  } catch {
    if (!client.destroyed) use?.went("gateway-error");
    // The endpoint does not listen, or is not there any more: the client sees it by its connection.
    client.resetAndDestroy();
  } finally {
    timer.cancel();
  }
}
