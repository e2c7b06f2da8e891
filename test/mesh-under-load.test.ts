/**
 * Requests under load through a route between pods and through an Ingress, while the pods behind them are replaced, come and go, and fail: none
 * is lost, and who fails is left out.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type Deployment, type HttpRoute, seededRandom } from "k4s";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Scene, scene } from "./scene.ts";

const server = `
import { createServer } from "node:http";
const { NAME, BROKEN } = process.env;
const server = createServer((request, response) => {
  setTimeout(() => response.writeHead(BROKEN ? 500 : 200, { "x-by": NAME }).end("answer"), 2);
}).listen(80);
process.on("SIGTERM", () => server.close());
`;
// Asks on and on until it is told to stop; each answer that is none counts.
const client = `
let running = false, asked = 0, lost = [];
async function lane(url) {
  while (running) {
    asked++;
    try {
      const answer = await fetch(url, asked % 2 ? {} : { method: "POST", body: "x" });
      const text = await answer.text();
      if (answer.status !== 200) lost.push(answer.status + " " + text);
    } catch (error) { lost.push(String(error.cause ?? error)); }
  }
}
let lanes = [];
const does = {
  start(url, count) { running = true; asked = 0; lost = []; lanes = Array.from({ length: count }, () => lane(url)); return "started"; },
  async stop() { running = false; await Promise.all(lanes); return { asked, lost }; },
  async once(url) { const answer = await fetch(url); await answer.text(); return { status: answer.status, by: answer.headers.get("x-by"), via: answer.headers.get("x-via") }; },
};
export default async ({ inbox }) => {
  for await (const message of inbox) {
    const [what, ...args] = message.body;
    Promise.resolve(does[what](...args)).then(value => message.reply(value), error => message.fail(error));
  }
};
`;

let cluster: Scene;
beforeAll(async () => {
  cluster = await scene({ "server.mjs": server, "client.mjs": client }, { ingress: "127.0.0.1:0" });
  const container = { name: "main", image: "server" };
  const probe = { readinessProbe: { tcpSocket: { port: 80 }, periodSeconds: 1 } };
  const pod = (name: string, more: object, labels = {}) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels },
    spec: { containers: [{ ...container, ...more }] },
  });
  const service = (name: string, annotations = {}) => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, annotations },
    spec: { selector: { app: name }, ports: [{ name: "http", port: 80 }] },
  });
  const route = (name: string) => ({
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name },
    spec: {
      parentRefs: [{ group: "", kind: "Service", name }],
      rules: [
        {
          filters: [
            {
              type: "ResponseHeaderModifier",
              responseHeaderModifier: { set: [{ name: "x-via", value: "route" }] },
            },
          ],
          backendRefs: [{ name, port: 80 }],
        },
      ],
    },
  });
  const env = (name: string, more: object[] = []) => ({ env: [{ name: "NAME", value: name }, ...more] });
  await cluster.apply([
    pod("client", { image: "client" }),
    pod("good", { ...probe, ...env("good") }, { app: "fragile" }),
    pod("bad", { ...probe, ...env("bad", [{ name: "BROKEN", value: "yes" }]) }, { app: "fragile" }),
    service("fragile", { "k4s.dev/balancing": "round-robin", "k4s.dev/consecutive-errors": "3" }),
    route("fragile"),
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web" },
      spec: {
        replicas: 3,
        strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        selector: { matchLabels: { app: "web" } },
        template: {
          metadata: { labels: { app: "web" } },
          spec: { containers: [{ ...container, ...probe, ...env("web") }] },
        },
      },
    },
    service("web"),
    route("web"),
    {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: { name: "web" },
      spec: { defaultBackend: { service: { name: "web", port: { number: 80 } } } },
    },
  ]);
  await cluster.waitFor("Deployment/web", isComplete);
  for (const name of ["client", "good", "bad"]) await cluster.waitFor(`Pod/${name}`, "Ready");
  for (const name of ["web", "fragile"]) {
    await cluster.waitFor(`HTTPRoute/${name}`, made =>
      Boolean((made as HttpRoute | undefined)?.status?.parents.length),
    );
    // A thread hears of a route a moment later.
    while ((await does<Told>("once", `http://${name}/`)).via !== "route");
  }
}, 60_000);
afterAll(() => cluster[Symbol.asyncDispose]());

interface Told {
  readonly status: number;
  readonly by: string;
  readonly via: string | null;
}

const does = <Answer>(...asked: readonly unknown[]) => cluster.api.request<Answer>("pod/client", asked);

function isComplete(made: unknown): boolean {
  const { metadata, spec, status } = (made ?? {}) as Partial<Deployment>;
  return (
    status?.observedGeneration === metadata?.generation &&
    status?.updatedReplicas === spec?.replicas &&
    status?.availableReplicas === spec?.replicas &&
    status?.replicas === spec?.replicas
  );
}

/** The same load from a pod, through the route, and from here, through the Ingress. */
async function lostDuring(story: () => Promise<void>): Promise<{ asked: number; lost: readonly string[] }> {
  let isRunning = true;
  let asked = 0;
  const lost: string[] = [];
  const lane = async () => {
    while (isRunning) {
      const init = asked++ % 2 === 0 ? {} : { method: "POST", body: "x" };
      try {
        const answer = await fetch(`http://${cluster.ingress}/`, init);
        const text = await answer.text();
        if (answer.status !== 200) lost.push(`ingress: ${answer.status} ${text}`);
      } catch (error) {
        lost.push(`ingress: ${(error as Error).cause ?? error}`);
      }
    }
  };
  await does("start", "http://web/", 4);
  const lanes = Array.from({ length: 4 }, lane);
  await story();
  isRunning = false;
  await Promise.all(lanes);
  const through = await does<{ asked: number; lost: readonly string[] }>("stop");
  return { asked: Math.min(asked, through.asked), lost: [...lost, ...through.lost] };
}

it("a rollout loses none", async () => {
  const { asked, lost } = await lostDuring(async () => {
    for (const version of ["2", "3"]) {
      await cluster.patch("Deployment", "web", {
        spec: { template: { metadata: { annotations: { version } } } },
      });
      await cluster.waitFor("Deployment/web", isComplete, { timeoutMs: 30_000 });
    }
  });
  expect(lost).toEqual([]);
  expect(asked).toBeGreaterThan(10);
}, 90_000);

it("endpoints that come and go in any order lose none, while one is left", async () => {
  const random = seededRandom(20_261_130);
  const { asked, lost } = await lostDuring(async () => {
    for (let turn = 0; turn < 12; turn++) {
      const pods = (await cluster.list("Pod")).filter(
        ({ metadata, status }) =>
          metadata.labels?.app === "web" &&
          metadata.deletionTimestamp === undefined &&
          status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True"),
      );
      const [victim] = pods.toSorted(() => random.next() - 0.5);
      if (pods.length > 1 && victim) await cluster.delete("Pod", victim.metadata.name);
      await sleep(random.below(200));
    }
    await cluster.waitFor("Deployment/web", isComplete, { timeoutMs: 30_000 });
  });
  expect(lost).toEqual([]);
  expect(asked).toBeGreaterThan(10);
}, 90_000);

it("an endpoint that answers with errors is left out of what goes through a route", async () => {
  const statuses: number[] = [];
  for (let i = 0; i < 20; i++) statuses.push((await does<Told>("once", "http://fragile/")).status);
  // Three at most: what was asked before has counted too.
  expect(statuses.filter(status => status === 500).length).toBeLessThanOrEqual(3);
  expect(statuses.slice(-10)).not.toContain(500);
  expect(await cluster.told("Service/fragile", "EndpointEjected")).toContain("3 consecutive errors");
  const bad = cluster.metrics.traffic.find(
    ({ service, ejectedBy }) => service === "default/fragile" && ejectedBy > 0,
  );
  expect(bad).toMatchObject({ port: "http", failures: 3 });
  expect(cluster.faults).toEqual([]);
});
