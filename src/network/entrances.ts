/**
 * What takes connections from outside and leads them to pods: Ingresses, Gateways and node ports. It belongs to the network, which control planes
 * share; the controllers that tell of it run in each of them.
 */
import type { Controller } from "../loop/index.ts";
import type { FoundEndpoint, TrafficBook } from "../messages/index.ts";
import type { Clock, ListenAddress, Random } from "../outside/index.ts";
import type { Service } from "../resources/index.ts";
import type { StoreReads, Unwatch } from "../store/index.ts";
import type { DeniedEndpoint, DialEndpoint, FindDatagramPort } from "./dial.ts";
import { HttpListener } from "./entrance/index.ts";
import { gatewayClassController, gatewayController, routeController } from "./gateway/index.ts";
import { ingressController } from "./ingress/index.ts";
import { type ListenAt, MeshListeners, type MeshTable, meshController } from "./mesh/index.ts";
import { NodePorts, nodePortAddress, nodePortController } from "./node-ports/index.ts";
import { OwnListeners, reachesListener } from "./own-listeners.ts";
import { type FollowConnection, PolicedConnections } from "./policed-connections.ts";
import type { Policies } from "./policy/index.ts";
import { ServicePorts } from "./service-ports.ts";
import { trafficPolicyOf } from "./traffic-policies.ts";

export interface EntrancesOptions {
  /** Where Ingresses and Gateways are reached; nowhere where left out. */
  readonly ingress: ListenAddress | undefined;
  /** Whether node ports are opened. */
  readonly nodePorts: boolean;
  readonly store: StoreReads;
  readonly dial: DialEndpoint;
  readonly findDatagramPort: FindDatagramPort;
  /** Where routes between pods are applied. */
  readonly listen: ListenAt;
  readonly table: MeshTable;
  readonly policies: Policies;
  readonly denied: DeniedEndpoint;
  readonly clock: Clock;
  readonly random: Random;
  /** What comes in from outside, to Services. */
  readonly traffic: TrafficBook;
  /** Told of endpoints that are listeners of this cluster itself, of each at most once a minute. */
  readonly onLoop: (endpoint: FoundEndpoint) => void;
  readonly onFault: (fault: unknown) => void;
}

export class Entrances {
  readonly #services: ServicePorts;
  readonly #ingress: HttpListener | undefined;
  readonly #nodePorts: NodePorts | undefined;
  readonly #mesh: MeshListeners;
  readonly #meshTable: MeshTable;
  readonly #connections: PolicedConnections;
  readonly #watchServices: () => Unwatch;
  #unwatch: Unwatch = () => {};

  constructor({ ingress, nodePorts, ...parts }: EntrancesOptions) {
    const services = new ServicePorts(parts.store);
    const { dial, findDatagramPort } = new OwnListeners({
      ...parts,
      hostsAt: (port, protocol) => this.#hostsAt(port, protocol),
    });
    this.#services = services;
    this.#connections = new PolicedConnections(parts);
    const { follow } = this.#connections;
    const { store, traffic } = parts;
    this.#watchServices = () =>
      store.watch({ kind: "Service" }, ({ type, object }) => {
        if (type === "MODIFIED") traffic.heard(trafficPolicyOf(object as Service));
      });
    this.#ingress = ingress && new HttpListener({ ...parts, dial, services, follow, listen: ingress });
    this.#mesh = new MeshListeners({ ...parts, dial, services, follow });
    this.#meshTable = parts.table;
    this.#nodePorts = nodePorts
      ? new NodePorts({ ...parts, dial, findDatagramPort, services, follow })
      : undefined;
  }

  /** Whether connections to this port of 127.0.0.1 come here. */
  takes(port: number): boolean {
    return this.#hostsAt(port, "TCP").some(host => reachesListener(nodePortAddress, host));
  }

  #hostsAt(port: number, protocol: "TCP" | "UDP"): string[] {
    const { address } = this.#ingress ?? {};
    return [
      ...(protocol === "TCP" && address?.port === port ? [address.host] : []),
      ...(this.#nodePorts?.listensAt(port, protocol) ? [nodePortAddress] : []),
    ];
  }

  /** Follows what comes in, for the time when policies deny it. */
  get follow(): FollowConnection {
    return this.#connections.follow;
  }

  /** What tells of them. */
  controllers(): Controller[] {
    return [
      ...(this.#ingress ? httpControllers(this.#ingress) : []),
      meshController(this.#meshTable) as Controller,
      ...(this.#nodePorts ? [nodePortController(this.#nodePorts) as Controller] : []),
    ];
  }

  /** Where Ingresses are reached; undefined where they are not. */
  get ingressAddress(): ListenAddress | undefined {
    return this.#ingress?.address;
  }

  /** Fails with BadRequest where the address for Ingresses is taken. */
  async start(): Promise<void> {
    this.#services.start();
    this.#connections.start();
    this.#unwatch = this.#watchServices();
    this.#mesh.start();
    await this.#ingress?.start();
  }

  /** Ends every connection. Resolves when the ports are free. */
  async stop(): Promise<void> {
    this.#services.stop();
    this.#connections.stop();
    this.#unwatch();
    await Promise.all([this.#mesh.stop(), this.#ingress?.stop(), this.#nodePorts?.stop()]);
  }
}

function httpControllers(listener: HttpListener): Controller[] {
  return [
    ingressController(listener) as Controller,
    gatewayClassController,
    gatewayController(listener) as Controller,
    routeController(listener) as Controller,
  ];
}
