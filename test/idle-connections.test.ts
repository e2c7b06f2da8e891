/**
 * Very many idle connections to one Service: they are in nobody's way, none is lost, and nothing of them is left. With K4S_IDLE_CONNECTIONS
 * it is tried with more (docs/network-and-storage.md says what was seen with 10,000); each needs a descriptor in this process.
 */
import { readdirSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Scene, scene } from "./scene.ts";

const count = Number(process.env.K4S_IDLE_CONNECTIONS ?? 1_200);
const timeout = 60_000 + count * 20;
const limit = mostDescriptors();
const isEnough = limit >= count + 500;
const what = `${count} idle connections are in nobody's way, and nothing of them is left`;

const server = `
import { createServer } from "node:http";
import net from "node:net";
let open = 0;
createServer((_, answer) => answer.end(String(open))).listen(80);
// It answers when its client has ended its side, too: the connection is half open then.
net.createServer({ allowHalfOpen: true }, socket => {
  open++;
  let heard = 0;
  socket.on("error", () => {}).on("close", () => open--);
  socket.on("data", bytes => { heard += bytes.length; socket.write(bytes); });
  socket.on("end", () => socket.end("heard " + heard));
}).listen(81);
`;

const client = `
import net from "node:net";
const open = [];
const once = (socket, event) => new Promise((resolve, reject) => socket.once(event, resolve).once("error", reject));
const inTurns = async (all, turn) => { for (let i = 0; i < all.length; i += 100) await Promise.all(all.slice(i, i + 100).map(turn)); };
const does = {
  async connect(count) {
    await inTurns(Array.from({ length: count }), async () => {
      const socket = net.connect({ host: "web", port: 81, allowHalfOpen: true });
      await once(socket, "connect");
      open.push(socket.on("error", () => {}));
    });
    return open.length;
  },
  // How many of them still answer.
  async ping() {
    let answered = 0;
    await inTurns(open, async socket => {
      socket.write("x");
      if (String(await once(socket, "data")) === "x") answered++;
    });
    return answered;
  },
  // Of so many the client's side is ended, all at once: what do their servers say?
  async half(count) {
    const last = open.splice(0, count).map(async socket => {
      socket.end("more");
      let text = "";
      for await (const bytes of socket) text += bytes;
      return text;
    });
    return [...new Set(await Promise.all(last))];
  },
  get: url => fetch(url).then(answer => answer.text()),
  close: async () => open.splice(0).forEach(socket => socket.destroy()),
};
export default async ({ inbox }) => {
  for await (const message of inbox) {
    const [what, ...given] = message.body;
    does[what](...given).then(value => message.reply(value), error => message.fail(error));
  }
};
`;

let cluster: Scene;
let descriptorsBefore: number;
let servers: readonly string[];
beforeAll(async () => {
  cluster = await scene({ "web.mjs": server, "client.mjs": client });
  const labels = { app: "web" };
  const resources = { limits: { memory: "400Mi" } };
  const pod = (name: string) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [{ name, image: "client", command: ["default"], resources }],
    },
  });
  const readinessProbe = { tcpSocket: { port: 81 }, periodSeconds: 1 };
  await cluster.apply([
    pod("one"),
    pod("two"),
    pod("other"),
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web" },
      spec: {
        replicas: 3,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            // Each has its own descriptors.
            runtimeClassName: "process",
            terminationGracePeriodSeconds: 0,
            containers: [{ name: "web", image: "web", resources, readinessProbe }],
          },
        },
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web" },
      spec: { selector: labels, ports: [80, 81].map(port => ({ name: `p${port}`, port })) },
    },
  ]);
  await cluster.waitFor("Deployment/web", "Available", { timeoutMs: 30_000 });
  for (const name of ["one", "two", "other"])
    await cluster.waitFor(`Pod/${name}`, "Ready", { timeoutMs: 30_000 });
  const pods = await cluster.list("Pod", { labelSelector: "app=web" });
  servers = pods.map(each => each.status?.podIP ?? "");
  // What asks once is connected to the cluster from then on.
  for (const name of ["one", "two", "other"]) await does(name, "get", "http://web");
  descriptorsBefore = descriptors();
}, 90_000);
afterAll(() => cluster?.[Symbol.asyncDispose]());

const does = (who: string, ...what: unknown[]) => cluster.api.request(who, what, { timeoutMs: timeout });

/** How many connections each server has. */
async function open(): Promise<number[]> {
  return Promise.all(servers.map(async ip => Number(await does("other", "get", `http://${ip}`))));
}

/** How many files and sockets this process has open; 0 where the system does not tell. */
function descriptors(): number {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return 0;
  }
}

/** How many this process may have open. */
function mostDescriptors(): number {
  const { userLimits } = process.report.getReport() as {
    readonly userLimits?: { readonly open_files?: { readonly soft: number | "unlimited" } };
  };
  const { soft = "unlimited" } = userLimits?.open_files ?? {};
  return soft === "unlimited" ? Number.POSITIVE_INFINITY : soft;
}

const total = (counts: readonly number[]) => counts.reduce((sum, each) => sum + each, 0);

const name = isEnough ? what : `${what} (left out: a process may have ${limit} descriptors, see ulimit -n)`;
it.skipIf(!isEnough)(name, { timeout }, async () => {
  const half = Math.floor(count / 2);
  const connecting = Promise.all([does("one", "connect", half), does("two", "connect", count - half)]);
  // Others are served meanwhile, and afterwards.
  const served = async (times: number) => {
    for (let i = 0; i < times; i++) expect(await does("other", "get", "http://web")).toMatch(/^\d+$/);
  };
  await served(20);
  expect(await connecting).toEqual([half, count - half]);
  await served(20);
  const counts = await open();
  expect(total(counts)).toBe(count);
  // Each has its share: one of three, chosen at random.
  for (const each of counts) expect(each).toBeGreaterThan(count / 4);
  expect(await Promise.all([does("one", "ping"), does("two", "ping")])).toEqual([half, count - half]);

  const few = Math.floor(half / 5);
  expect(await does("one", "half", few)).toEqual(["moreheard 5"]);
  await expect.poll(async () => total(await open()), { timeout: 20_000 }).toBe(count - few);

  // One client closes them, the other one is killed.
  await does("one", "close");
  await cluster.delete("Pod", "two");
  await expect.poll(open, { timeout: 30_000 }).toEqual([0, 0, 0]);
  await served(20);
  await expect.poll(descriptors, { timeout: 20_000 }).toBeLessThan(descriptorsBefore + 40);
});
