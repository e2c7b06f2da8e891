/**
 * The health check port of a LoadBalancer with `externalTrafficPolicy: Local`, at which a balancer asks a node whether it has endpoints of the
 * Service. One address stands for all nodes here, so all endpoints count; the answer is that of kube-proxy.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { ServicePorts } from "../service-ports.ts";

export interface HealthCheckPort {
  readonly port: number;
  close(): Promise<void>;
}

/** Rejects as Node's listen does. */
export async function healthCheckPort(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  { host, port }: { readonly host: string; readonly port: number },
  services: Pick<ServicePorts, "of">,
): Promise<HealthCheckPort> {
  const server = createServer((_request, response) => {
    const ports = services.of(namespace, name)?.ports ?? [];
    const addresses = new Set(ports.flatMap(({ endpoints }) => endpoints.map(({ address }) => address)));
    const told = {
      service: { namespace, name },
      localEndpoints: addresses.size,
      serviceProxyHealthy: true,
    };
    response.writeHead(addresses.size > 0 ? 200 : 503, {
      "Content-Type": "application/json",
      "X-Content-Type-Options": "nosniff",
      "X-Load-Balancing-Endpoint-Weight": String(addresses.size),
    });
    response.end(JSON.stringify(told));
  });
  server.listen(port, host);
  await once(server, "listening");
  return {
    port,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
