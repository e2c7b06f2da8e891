/** Server-sent events to unchanged clients, from outside and from a pod, while the server is rolled out: they come back by themselves. */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { EventSource } from "undici";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Deployment } from "../src/resources/index.ts";
import { type Scene, scene } from "./scene.ts";

const undici = JSON.stringify(pathToFileURL(createRequire(import.meta.url).resolve("undici")).href);
const server = `
import { createServer } from "node:http";
const { VERSION } = process.env;
const server = createServer((request, response) => {
  response.writeHead(200, { "content-type": "text/event-stream" });
  const last = Number(request.headers["last-event-id"] ?? 0);
  response.write("retry: 50\\nid: " + (last + 1) + "\\ndata: " + VERSION + " after " + last + "\\n\\n");
}).listen(80);
// As Node's documentation says: what is under way is waited for, and this never ends by itself.
process.on("SIGTERM", () => server.close(() => process.exit()));
`;
const client = `
import { EventSource } from ${undici};
const heard = [];
const source = new EventSource("http://events/");
source.onmessage = ({ data }) => heard.push(data);
export default async ({ inbox }) => { for await (const message of inbox) message.reply(heard); };
`;

let cluster: Scene;
const deployment = (version: string) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "events" },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: "events" } },
    template: {
      metadata: { labels: { app: "events" } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [
          {
            name: "main",
            image: "server",
            env: [{ name: "VERSION", value: version }],
            readinessProbe: { tcpSocket: { port: 80 }, periodSeconds: 1 },
          },
        ],
      },
    },
  },
});
const isRolledOut = (found: unknown) => {
  const { metadata, spec, status } = (found ?? {}) as Partial<Deployment>;
  return (
    status?.observedGeneration === metadata?.generation &&
    status?.updatedReplicas === 2 &&
    status?.readyReplicas === 2 &&
    status?.replicas === spec?.replicas
  );
};
beforeAll(async () => {
  cluster = await scene({ "server.mjs": server, "client.mjs": client }, { ingress: "127.0.0.1:0" });
  await cluster.apply([
    deployment("v1"),
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "events" },
      spec: { selector: { app: "events" }, ports: [{ port: 80 }] },
    },
    {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: { name: "events" },
      spec: { defaultBackend: { service: { name: "events", port: { number: 80 } } } },
    },
  ]);
  await cluster.waitFor("Deployment/events", found => isRolledOut(found));
  await cluster.run("client", { module: "client" });
}, 60_000);
afterAll(() => cluster[Symbol.asyncDispose]());

it("all hear the new version after a rollout, each with the id that it had last", async () => {
  const outside: string[] = [];
  const source = new EventSource(`http://${cluster.ingress}/`);
  source.onmessage = ({ data }) => void outside.push(String(data));
  try {
    const inside = () => cluster.api.request<string[]>("client", "heard");
    const both = async () => [outside, await inside()].map(heard => heard.at(-1) ?? "");
    await expect.poll(both, { timeout: 20_000 }).toEqual(["v1 after 0", "v1 after 0"]);
    await cluster.apply(deployment("v2"));
    await cluster.waitFor("Deployment/events", found => isRolledOut(found));
    await expect
      .poll(async () => (await both()).map(each => each.split(" ")[0]), { timeout: 30_000 })
      .toEqual(["v2", "v2"]);
    for (const heard of [outside, await inside()])
      expect(heard.map(each => each.split(" after ")[1])).toEqual(heard.map((_, i) => String(i)));
    await expect.poll(async () => (await cluster.list("Pod")).length, { timeout: 20_000 }).toBe(3);
  } finally {
    source.close();
  }
}, 90_000);
