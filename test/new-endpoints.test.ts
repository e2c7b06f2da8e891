/** A program connects as soon as a Service says that it leads somewhere: its thread may not have heard of that yet. */
import { expect, it } from "vitest";
import { type Scene, scene } from "./scene.ts";

const server = `
require("node:http").createServer((_, answer) => answer.end(process.env.HOSTNAME)).listen(80);
process.on("SIGTERM", () => process.exit());
`;
/** Each time over a connection of its own: one that was kept may end with the pod before, at any moment. */
const client = `const { get } = require("node:http");
module.exports = async ({ inbox }) => {
  for await (const message of inbox)
    get(message.body, { agent: false }, async answer => message.reply(String(Buffer.concat(await answer.toArray()))))
      .on("error", error => message.reply(error.message));
};`;

async function start(cluster: Scene, name: string): Promise<void> {
  const container = { name: "server", image: "server", readinessProbe: { tcpSocket: { port: 80 } } };
  await cluster.apply({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { app: "web" } },
    spec: { hostname: "web", subdomain: "all", containers: [container] },
  });
}

/** Resolves in the turn in which the slice of a Service lists the pod as ready. */
async function listed(cluster: Scene, service: string, name: string): Promise<void> {
  const labelSelector = `kubernetes.io/service-name=${service}`;
  const signal = AbortSignal.timeout(20_000);
  for await (const { type, object } of cluster.watch("EndpointSlice", { labelSelector, signal }))
    if (
      type !== "BOOKMARK" &&
      object.endpoints?.some(({ conditions, targetRef }) => conditions?.ready && targetRef?.name === name)
    )
      return;
}

it.each([
  ["a Service", "web", "http://web"],
  ["a headless Service", "all", "http://all"],
  ["an endpoint by its name", "all", "http://web.all"],
])("%s leads to the next pod from the moment on at which its slice lists it", async (_, service, url) => {
  await using cluster = await scene({ "server.cjs": server, "client.cjs": client });
  const selector = { app: "web" };
  await cluster.apply([
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web" },
      spec: { selector, ports: [{ port: 80 }] },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "all" },
      spec: { clusterIP: "None", selector, ports: [{ port: 80 }] },
    },
  ]);
  await cluster.run("client", { module: "client" });
  const names = Array.from({ length: 8 }, (_, i) => `web-${i}`);
  await start(cluster, "web-0");
  await listed(cluster, service, "web-0");
  const answers: unknown[] = [];
  for (const [i, name] of names.entries()) {
    answers.push(await cluster.api.request("pod/client", url));
    const next = names[i + 1];
    if (next === undefined) break;
    await cluster.delete("Pod", name);
    await start(cluster, next);
    await listed(cluster, service, next);
  }
  expect(answers).toEqual(names.map(() => "web"));
});
