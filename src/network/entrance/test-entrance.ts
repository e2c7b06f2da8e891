/** What tests of Ingresses and node ports are made of: a store with Services, and ordinary servers of this process as their endpoints. */
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import {
  createServer as createHttp2Server,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from "node:http2";
import { type AddressInfo, connect, type Server as NetServer, type Socket } from "node:net";
import type { TestCluster } from "../../loop/test-cluster.ts";
import { TrafficBook, type TrafficReport } from "../../messages/index.ts";
import { realClock, realRandom, seededRandom } from "../../outside/index.ts";
import type { Draft } from "../../resources/index.ts";
import type { DeniedEndpoint, DialEndpoint } from "../dial.ts";
import { PolicedConnections } from "../policed-connections.ts";
import { ServicePorts } from "../service-ports.ts";

export class TestEntrance {
  readonly services: ServicePorts;
  readonly cluster: TestCluster;
  /** What it has told of what is sent to endpoints. */
  readonly reports: TrafficReport[] = [];
  readonly traffic = new TrafficBook({
    clock: realClock,
    random: seededRandom(1),
    report: report => this.reports.push(report),
  });
  readonly #servers: NetServer[] = [];
  readonly #sockets = new Set<Socket>();
  /** By the address of an endpoint: the port of this machine that stands for it. */
  readonly #ports = new Map<string, number>();

  constructor(cluster: TestCluster) {
    this.cluster = cluster;
    this.services = new ServicePorts(cluster.store);
    this.services.start();
    this.connections.start();
  }

  /** Which client is denied, in place of NetworkPolicies: by `client endpoint:port`, why. */
  readonly denials = new Map<string, string>();
  readonly denied: DeniedEndpoint = (client, { address, port }) =>
    this.denials.get(`${client} ${address}:${port}`);

  /** Called when what is denied has changed. */
  deniedChanged = () => {};
  readonly connections = new PolicedConnections({
    policies: {
      onChange: changed => {
        this.deniedChanged = () => changed("all");
        return () => true;
      },
    },
    denied: this.denied,
    clock: realClock,
  });

  readonly dial: DialEndpoint = async ({ address }) => {
    const socket = connect({ host: "127.0.0.1", port: this.#ports.get(address) ?? 1 });
    await once(socket, "connect");
    return socket;
  };

  /** What a listener has of it. */
  get parts() {
    const { services, dial, denied, traffic } = this;
    const { follow } = this.connections;
    const { store } = this.cluster;
    return { store, services, dial, denied, follow, traffic, clock: realClock, random: realRandom };
  }

  /** A server that stands for an endpoint. */
  async serve(address: string, answer: RequestListener): Promise<Server> {
    const server = createServer(answer);
    await this.#listen(address, server);
    return server;
  }

  /** One of HTTP/2 without TLS. */
  async serveHttp2(
    address: string,
    answer: (request: Http2ServerRequest, response: Http2ServerResponse) => void,
  ): Promise<Http2Server> {
    const server = createHttp2Server(answer);
    await this.#listen(address, server);
    return server;
  }

  async #listen(address: string, server: NetServer): Promise<void> {
    server.on("connection", socket => this.#sockets.add(socket));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    this.#servers.push(server);
    this.#ports.set(address, (server.address() as AddressInfo).port);
  }

  /** Nothing listens there any more. */
  forget(address: string): void {
    this.#ports.delete(address);
  }

  /** A Service with its one slice. */
  async service(
    name: string,
    addresses: readonly string[],
    spec: object = {},
    annotations: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const ports = [{ name: "http", port: 80, targetPort: 8080 }];
    await this.cluster.create({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name, namespace: "demo", annotations },
      spec: { ports, ...spec },
    } as Draft);
    await this.cluster.create({
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name, namespace: "demo", labels: { "kubernetes.io/service-name": name } },
      addressType: "IPv4",
      ports: [{ name: "http", port: 8080, protocol: "TCP" }],
      endpoints: addresses.map(address => ({ addresses: [address] })),
    } as Draft);
  }

  async close(): Promise<void> {
    this.services.stop();
    this.connections.stop();
    for (const server of this.#servers) server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** An Ingress: `host/path` (a prefix; `=` in front of the path for an exact one) by the Service it leads to. */
export function ingressOf(name: string, rules: Readonly<Record<string, string>>, more: object = {}): Draft {
  const parsed = Object.entries(rules).map(([place, service]) => {
    const [, host = "", exact, path] = /^([^/=]*)(=?)(\/.*)$/.exec(place) ?? [];
    const backend = backendOf(service);
    const paths = [{ path, pathType: exact ? "Exact" : "Prefix", backend }];
    return { ...(host && { host }), http: { paths } };
  });
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name, namespace: "demo" },
    spec: { ...(parsed.length > 0 && { rules: parsed }), ...more },
  } as Draft;
}

export function backendOf(service: string) {
  return { service: { name: service, port: { name: "http" } } };
}
