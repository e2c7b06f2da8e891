/** What worker functions need to talk to each other: the URL of a NATS server, in each namespace, and a server where none is named. */
import type { ApiObject } from "../objects/index.ts";

const labels = { app: "nats" };

export interface NatsNames {
  /** Of the Secret with the URL, in each namespace with worker functions. */
  readonly secret: string;
  /** Of the namespace with the server that comes along. */
  readonly namespace: string;
}

/** Names that nothing else has. */
export function natsNames(all: readonly ApiObject[]): NatsNames {
  const free = (kind: string) => {
    const taken = new Set(all.flatMap(({ kind: of, metadata }) => (of === kind ? [metadata.name] : [])));
    let name = "k4s-nats";
    for (let number = 2; taken.has(name); number++) name = `k4s-nats-${number}`;
    return name;
  };
  return { secret: free("Secret"), namespace: free("Namespace") };
}

/** @param url of a server that is there; undefined: one comes along */
export function natsServer(
  namespaces: Iterable<string>,
  { secret, namespace }: NatsNames,
  url: string | undefined,
): ApiObject[] {
  const secrets = [...namespaces].map(each => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: secret, namespace: each },
    stringData: { url: url ?? `nats://nats.${namespace}.svc:4222` },
  }));
  return url === undefined && secrets.length > 0 ? [...secrets, ...server(namespace)] : secrets;
}

const server = (namespace: string): readonly ApiObject[] => [
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
