/** The door of far/: threads of other processes, and how they are reached. */
export type { Carrier, CarrierEvents } from "./carrier.ts";
export { FarNetwork, type FarOptions } from "./far-network.ts";
export { NatsCarrier } from "./nats-carrier.ts";
export { type NatsOptions, natsAddressFault } from "./nats-options.ts";
