/** What worker functions need to talk to each other: the URL of a NATS server, in each namespace, and a server where none is named. */
import type { ApiObject } from "../objects/index.ts";
import { natsSecret } from "../pods/index.ts";

const namespace = "k4s-nats";
const labels = { app: "nats" };
const ownUrl = `nats://nats.${namespace}.svc:4222`;

export function natsServer(namespaces: Iterable<string>, url: string | undefined): ApiObject[] {
  const secrets = [...namespaces].map(each => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: natsSecret.name, namespace: each },
    stringData: { [natsSecret.key]: url ?? ownUrl },
  }));
  return url === undefined && secrets.length > 0 ? [...secrets, ...server] : secrets;
}

const server: readonly ApiObject[] = [
  { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "nats", namespace },
    spec: { selector: labels, ports: [{ name: "client", port: 4222 }] },
  },
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "nats", namespace },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: "nats",
              image: "nats:2.10-alpine",
              args: ["--port", "4222", "--http_port", "8222"],
              ports: [{ containerPort: 4222 }],
              readinessProbe: { httpGet: { path: "/healthz", port: 8222 } },
              resources: { requests: { cpu: "50m", memory: "64Mi" } },
            },
          ],
        },
      },
    },
  },
];
