/** What worker functions need to talk to each other: where NATS is, in each namespace, and a server where none is named. */
import { readFileSync } from "node:fs";
import { ApiError, messageOf } from "../../errors/index.ts";
import type { NatsOptions } from "../../network/index.ts";
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

/** What the Secrets hold, by its keys. */
export type NatsAccess = Readonly<Record<string, string>> & { readonly url: string };

/** @throws {ApiError} BadRequest for a file that cannot be read */
export function natsAccess(nats: NatsOptions | undefined, { namespace }: NatsNames): NatsAccess {
  if (nats === undefined) return { url: `nats://nats.${namespace}.svc:4222` };
  const files = { "ca.crt": nats.ca, "tls.crt": nats.cert, "tls.key": nats.key, "user.creds": nats.creds };
  const texts = Object.entries(files).flatMap(([key, file]) =>
    file === undefined ? [] : [[key, textOf(file)]],
  );
  return { url: nats.servers.map(each => urlOf(each, nats)).join(","), ...Object.fromEntries(texts) };
}

/** With who asks in it. */
function urlOf(server: string, { user, password, token }: NatsOptions): string {
  const url = new URL(server.includes("://") ? server : `nats://${server}`);
  if (url.username === "" && (user ?? token) !== undefined) {
    url.username = user ?? token ?? "";
    url.password = user === undefined ? "" : (password ?? "");
  }
  return url.href.replace(/\/$/, "");
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new ApiError("BadRequest", `${file} cannot be read: ${messageOf(cause)}`, {}, { cause });
  }
}

/** @param isThere the server is; one comes along, else */
export function natsServer(
  namespaces: Iterable<string>,
  { secret, namespace }: NatsNames,
  access: NatsAccess,
  isThere: boolean,
): ApiObject[] {
  const secrets = [...namespaces].map(each => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: secret, namespace: each },
    stringData: access,
  }));
  return isThere || secrets.length === 0 ? secrets : [...secrets, ...server(namespace)];
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
