/** A cluster with a seed leads the connections and messages of its containers to the same endpoints each time. */
import { seededRandom } from "k4s";
import { expect, it } from "vitest";
import { scene } from "./scene.ts";

const web = `import { createServer } from "node:http";
  createServer((_, answer) => answer.end(process.env.HOSTNAME)).listen(80);
  process.on("SIGTERM", () => process.exit());`;
const client = `import { get } from "node:http";
  const ask = () => new Promise((resolve, reject) => get("http://web", { agent: false }, async answer => { let text = ""; for await (const piece of answer) text += piece; resolve(text); }).on("error", reject));
  export default async ({ inbox }) => {
    for await (const message of inbox) {
      const names = [];
      for (let i = 0; i < message.body; i++) names.push(await ask());
      message.reply(names);
    }
  };`;

/** By whom a client is served, one connection after the other. */
async function served(seed: number): Promise<string> {
  await using cluster = await scene({ "web.mjs": web, "client.mjs": client }, { random: seededRandom(seed) });
  const labels = { app: "web" };
  await cluster.apply({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web" },
    spec: { selector: labels, ports: [{ port: 80 }] },
  });
  const pod = (name: string, image: string) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { app: image } },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: "main",
          image,
          ...(image === "web"
            ? { readinessProbe: { tcpSocket: { port: 80 }, periodSeconds: 1 } }
            : { command: ["default"] }),
        },
      ],
    },
  });
  // The client first: which numbers are drawn before its uid is always the same.
  await cluster.apply(pod("client", "client"));
  for (const name of ["web-0", "web-1", "web-2"]) {
    await cluster.apply(pod(name, "web"));
    await cluster.waitFor(`Pod/${name}`, "Ready", { timeoutMs: 20_000 });
  }
  const ready = async () => (await cluster.discovery.service("web")).endpoints.filter(each => each.ready);
  await expect.poll(async () => (await ready()).length, { timeout: 10_000 }).toBe(3);
  return (await cluster.api.request<string[]>("pod/client", 24)).join(" ");
}

it("the same with the same seed, others with another", { timeout: 60_000 }, async () => {
  const first = await served(5);
  expect(new Set(first.split(" ")).size).toBe(3);
  expect(await served(5)).toBe(first);
  expect(await served(6)).not.toBe(first);
});
