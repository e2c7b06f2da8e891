/** At the entrance an endpoint is chosen, and left out, as everywhere: by what the Service says. */
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, expect, it, vi } from "vitest";
import { TestCluster } from "../../loop/test-cluster.ts";
import type { Draft } from "../../resources/index.ts";
import { HttpListener } from "./http-listener.ts";
import { ingressOf, TestEntrance } from "./test-entrance.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const addresses = ["192.0.2.1", "192.0.2.2", "192.0.2.3"] as const;

async function started(annotations: Readonly<Record<string, string>>, spec: object = {}) {
  const cluster = await TestCluster.of();
  const entrance = new TestEntrance(cluster);
  const listener = new HttpListener({
    ...entrance.parts,
    listen: { host: "127.0.0.1", port: 0 },
    onFault: fault => {
      throw fault;
    },
  });
  await listener.start();
  closing.push(
    () => listener.stop(),
    () => entrance.close(),
  );
  await entrance.service("web", addresses, spec, annotations);
  await cluster.create(ingressOf("web", { "/": "web" }));
  const url = `http://127.0.0.1:${listener.address?.port}/`;
  const ask = async (init: RequestInit = {}) => {
    const answer = await fetch(url, init);
    return `${answer.status} ${await answer.text()}`;
  };
  const many = async (count: number, init: RequestInit = {}) => {
    const answers: string[] = [];
    for (let i = 0; i < count; i++) answers.push(await ask(init));
    return answers;
  };
  return { cluster, entrance, url, ask, many };
}

const sayAll = async (entrance: TestEntrance) => {
  for (const address of addresses) await entrance.serve(address, (_, response) => void response.end(address));
};

it("takes turns where the Service says so", async () => {
  const { entrance, many } = await started({ "k4s.dev/balancing": "round-robin" });
  await sayAll(entrance);
  const answers = await many(6);
  expect(new Set(answers.slice(0, 3))).toEqual(new Set(addresses.map(each => `200 ${each}`)));
  expect(answers.slice(3)).toEqual(answers.slice(0, 3));
});

it("keeps a client to one endpoint, and to another one when that cannot be reached", async () => {
  const { entrance, many } = await started({}, { sessionAffinity: "ClientIP" });
  await sayAll(entrance);
  // Each of them has a connection of its own.
  const post = { method: "POST" };
  const [first = "", ...others] = [...new Set(await many(10, post))];
  expect(others).toEqual([]);
  entrance.forget(first.slice(4));
  const [second = "", ...more] = [...new Set(await many(10, post))];
  expect(more).toEqual([]);
  expect(second).not.toBe(first);
  expect(second).toMatch(/^200 /);
});

it("gives a request to the endpoint with the fewest under way", async () => {
  const { entrance, ask, many } = await started({ "k4s.dev/balancing": "least-outstanding" });
  let finish = () => {};
  await sayAll(entrance);
  await entrance.serve("192.0.2.2", (_, response) => {
    finish = () => response.end("slow");
    response.flushHeaders();
  });
  let done = 0;
  const first = [ask(), ask(), ask()].map(async each => {
    const answer = await each;
    done++;
    return answer;
  });
  await vi.waitFor(() => expect(done).toBe(2), 10_000);
  expect(new Set(await many(10))).toEqual(new Set(["200 192.0.2.1", "200 192.0.2.3"]));
  finish();
  expect(await Promise.all(first)).toContain("200 slow");
});

it("leaves out an endpoint that answers with errors, and takes the counts of it along with those of node ports", async () => {
  const { entrance, many } = await started({
    "k4s.dev/balancing": "round-robin",
    "k4s.dev/consecutive-errors": "2",
  });
  await sayAll(entrance);
  await entrance.serve("192.0.2.2", (_, response) => void response.writeHead(500).end("broken"));
  const first = await many(9);
  expect(first.filter(each => each.startsWith("500"))).toHaveLength(2);
  expect(await many(10)).not.toContain("500 broken");
  entrance.traffic.close();
  const bad = entrance.reports
    .flatMap(({ rows }) => rows)
    .findLast(({ endpoint }) => endpoint === "192.0.2.2:8080");
  expect(bad).toMatchObject({ service: "demo/web", port: "http", begun: 2, failed: 2, isEjected: true });
});

it("lets wait what is more than the limits, and refuses what is more than may wait", async () => {
  const { cluster, entrance, ask } = await started({
    "k4s.dev/max-requests": "1",
    "k4s.dev/max-pending-requests": "2",
  });
  const asked: (() => void)[] = [];
  for (const address of addresses)
    await entrance.serve(address, (_, response) => void asked.push(() => response.end("done")));
  const first = ask();
  await vi.waitFor(() => expect(asked).toHaveLength(1), 10_000);
  const waiting = [ask(), ask(), ask(), ask()];
  const answers = Promise.all([first, ...waiting]);
  await Promise.any(waiting.map(async each => expect(await each).toMatch(/^503 .*as its limits allow/)));
  for (let i = 0; i < 3; i++) {
    await vi.waitFor(() => expect(asked.length).toBeGreaterThan(i), 10_000);
    expect(asked).toHaveLength(i + 1);
    asked[i]?.();
  }
  const all = await answers;
  expect(all.filter(each => each === "200 done")).toHaveLength(3);
  expect(all.filter(each => each.startsWith("503"))).toHaveLength(2);
  expect(cluster.store.get("Service", "demo", "web")).toBeDefined();
});

it("lets upgrades wait like requests", async () => {
  const { entrance, ask, url } = await started({ "k4s.dev/max-connections": "1" });
  const asked: { readonly path: string; readonly end: () => void }[] = [];
  for (const address of addresses)
    await entrance.serve(address, ({ url: path = "" }, response) => {
      asked.push({ path, end: () => response.end(path) });
    });
  const first = ask();
  await vi.waitFor(() => expect(asked).toHaveLength(1), 10_000);
  const { port } = new URL(url);
  const upgrading = connect(Number(port), "127.0.0.1");
  upgrading.write("GET /ws HTTP/1.1\r\nHost: a.b\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  const last = text(upgrading);
  asked[0]?.end();
  expect(await first).toBe("200 /");
  await vi.waitFor(() => expect(asked).toHaveLength(2), 10_000);
  expect(asked[1]?.path).toBe("/ws");
  asked[1]?.end();
  expect(await last).toMatch(/^HTTP\/1.1 200 OK/);
});

it("tries again what a Gateway's route says, with the body that came, at another endpoint", async () => {
  const { cluster, entrance, ask } = await started({ "k4s.dev/balancing": "round-robin" });
  const bodies: string[] = [];
  for (const address of addresses)
    await entrance.serve(address, async (request, response) => {
      bodies.push(await text(request));
      response.writeHead(bodies.length < 3 ? 503 : 200).end(`${bodies.length}`);
    });
  await cluster.create({
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "GatewayClass",
    metadata: { name: "k4s" },
    spec: { controllerName: "k4s.dev/gateway" },
  } as Draft);
  await cluster.create({
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "Gateway",
    metadata: { name: "gate", namespace: "demo" },
    spec: { gatewayClassName: "k4s", listeners: [{ name: "http", port: 80, protocol: "HTTP" }] },
  } as Draft);
  await cluster.create({
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name: "web", namespace: "demo" },
    spec: {
      parentRefs: [{ name: "gate" }],
      rules: [
        {
          backendRefs: [{ name: "web", port: 80 }],
          retry: { codes: [503], attempts: 2, backoff: "1ms" },
        },
      ],
    },
  } as Draft);
  // Of rules that are as specific that of a Gateway goes before that of an Ingress.
  expect(await ask({ method: "POST", body: "pay once" })).toBe("200 3");
  expect(bodies).toEqual(["pay once", "pay once", "pay once"]);
});
