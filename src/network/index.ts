/** The door of network/: which thread talks to which, and how Services are reached from outside. */
export type { Attachment } from "./attachment.ts";
export type { DatagramPlace } from "./dial.ts";
export type {
  DiscoveredEndpoint,
  DiscoveredPod,
  DiscoveredPort,
  DiscoveredRecord,
  DiscoveredService,
  DiscoveredServicePort,
} from "./discovery.ts";
export type { DnsOptions, DnsServing } from "./dns/index.ts";
export { Entrances } from "./entrances.ts";
export {
  type Carrier,
  type CarrierEvents,
  NatsCarrier,
  type NatsOptions,
  natsAddressFault,
} from "./far/index.ts";
export type { FarewellEnd } from "./farewell-relay.ts";
export { gatewayClass } from "./gateway/index.ts";
export { ingressClass } from "./ingress/index.ts";
export { Network } from "./network.ts";
export { loopText } from "./own-listeners.ts";
export type { Denial } from "./policy/index.ts";
export type { PolicyTest, PolicyTestOptions, PolicyWay } from "./policy-test.ts";
export type { ResourceCalls } from "./resource-calls.ts";
export { trafficFamilies } from "./traffic-families.ts";
