/**
 * Where the pods of a node that has joined reach the API server. A cluster that is reached at its own machine's loopback says so in the slice of the
 * Service `kubernetes`; on another machine that would be somebody else's, and what the node itself asks is the right one.
 */
import type { EndpointSlice, KubernetesObject } from "../../resources/index.ts";

/** @param address the IP address and port by which this node has reached the server */
export function withServerAt(address: string, port: number): (object: KubernetesObject) => KubernetesObject {
  return object => {
    const { kind, metadata } = object;
    if (kind !== "EndpointSlice" || metadata.name !== "kubernetes" || metadata.namespace !== "default")
      return object;
    const slice = object as EndpointSlice;
    const isLoopback = slice.endpoints?.some(({ addresses }) =>
      addresses.some(each => /^127\.|^::1$/.test(each)),
    );
    if (!isLoopback || (slice.addressType === "IPv6") !== address.includes(":")) return object;
    return {
      ...slice,
      endpoints: [{ addresses: [address], conditions: { ready: true } }],
      ports: slice.ports?.map(each => ({ ...each, port })) ?? [],
    } as EndpointSlice;
  };
}
