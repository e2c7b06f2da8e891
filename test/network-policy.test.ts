/** NetworkPolicies on the connections of ordinary programs, in real threads: refused by silence, ended when a policy comes. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Cluster } from "k4s";
import { afterAll, beforeAll, expect, test } from "vitest";

const server = `
const http = require("node:http"), net = require("node:net");
http.createServer((_, response) => response.end("hello")).listen(80);
net.createServer(socket => { socket.write("open"); socket.on("error", () => {}); }).listen(81);
`;
const client = `
import net from "node:net";
export default async function client({ inbox }) {
  let held;
  for await (const message of inbox) {
    const [what, url] = message.body;
    if (what === "fetch") {
      // A policy that denies it answers nothing: the client gives up.
      fetch(url, { signal: AbortSignal.timeout(1_500) }).then(async r => message.reply(await r.text()), error => message.reply(error.name));
    } else if (what === "hold") {
      held = net.connect(81, url, () => message.reply("held"));
      held.ended = new Promise(resolve => held.on("close", () => resolve("closed")).on("error", () => {}));
    } else held.ended.then(text => message.reply(text));
  }
}
`;
const pod = (name: string, module: string, probe = false) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, labels: { app: name } },
  spec: {
    containers: [
      {
        name: "main",
        image: module,
        ...(probe && { readinessProbe: { tcpSocket: { port: 80 }, periodSeconds: 1 } }),
      },
    ],
  },
});

let folder: string;
let cluster: Cluster;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "k4s-policy-"));
  await writeFile(join(folder, "server.cjs"), server);
  await writeFile(join(folder, "server.js"), `import "./server.cjs";`);
  await writeFile(join(folder, "client.mjs"), client);
  cluster = new Cluster({ images: folder });
  await cluster.start();
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web" },
    spec: {
      selector: { app: "web" },
      ports: [
        { name: "http", port: 80 },
        { name: "raw", port: 81 },
      ],
    },
  };
  await cluster.apply([pod("web", "server", true), pod("client", "client"), pod("other", "client"), service]);
  for (const name of ["web", "client", "other"]) await cluster.waitFor(`Pod/${name}`, "Ready");
}, 60_000);
afterAll(async () => {
  await cluster.stop();
  await rm(folder, { recursive: true, force: true });
});

const ask = (from: string, ...body: string[]) => cluster.api.request(`pod/${from}`, body);

test("a policy closes a server to all but one client, ends what was open, and opens it again", async () => {
  await expect.poll(() => ask("client", "fetch", "http://web"), { timeout: 20_000 }).toBe("hello");
  expect(await ask("other", "hold", "web")).toBe("held");
  const ended = ask("other", "ended");
  await cluster.apply({
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "only-client" },
    spec: {
      podSelector: { matchLabels: { app: "web" } },
      ingress: [{ from: [{ podSelector: { matchLabels: { app: "client" } } }], ports: [{ port: 80 }] }],
    },
  });
  expect(await ended).toBe("closed");
  expect(await ask("other", "fetch", "http://web")).toBe("TimeoutError");
  expect(await ask("client", "fetch", "http://web")).toBe("hello");
  expect(await ask("client", "fetch", "http://web:81")).toBe("TimeoutError");
  const warned = async (ref: string) => (await cluster.events(ref)).map(({ reason }) => reason);
  await expect.poll(() => warned("Pod/other")).toContain("ConnectionDenied");
  await expect.poll(() => warned("NetworkPolicy/only-client")).toContain("ConnectionDenied");
  // The node goes on to probe it.
  expect(
    (await cluster.get("Pod", "web"))?.status?.conditions?.find(({ type }) => type === "Ready")?.status,
  ).toBe("True");
  await cluster.delete("NetworkPolicy", "only-client");
  await expect.poll(() => ask("other", "fetch", "http://web"), { timeout: 20_000 }).toBe("hello");
}, 60_000);
