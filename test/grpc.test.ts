/** Calls of gRPC, by an unchanged client and server: from outside through an Ingress and a Gateway, and between pods along a route. */
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import {
  type Client,
  credentials,
  type Deadline,
  Metadata,
  makeGenericClientConstructor,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { GrpcRoute } from "../src/resources/index.ts";
import { type Scene, scene } from "./scene.ts";

const grpc = JSON.stringify(pathToFileURL(createRequire(import.meta.url).resolve("@grpc/grpc-js")).href);
const definition = `
const text = { requestSerialize: Buffer.from, requestDeserialize: String, responseSerialize: Buffer.from, responseDeserialize: String };
const method = (name, requestStream, responseStream) => ({ path: "/shop.Greeter/" + name, requestStream, responseStream, ...text });
const Greeter = { say: method("Say", false, false), count: method("Count", false, true), talk: method("Talk", true, true), fail: method("Fail", false, false) };`;
const server = `
import grpc from ${grpc};
${definition}
const server = new grpc.Server();
server.addService(Greeter, {
  say(call, answer) {
    const trailers = new grpc.Metadata();
    trailers.set("x-last", "said");
    answer(null, "hello " + call.request + " by " + process.env.NAME, trailers);
  },
  async count(call) {
    for (let i = 0; i < Number(call.request) && !call.cancelled; i++) {
      call.write(String(i));
      await new Promise(resolve => setTimeout(resolve, 2));
    }
    call.end();
  },
  talk(call) {
    call.on("data", said => call.write("you say " + said));
    call.on("end", () => call.end());
  },
  fail(call, answer) { answer({ code: grpc.status.FAILED_PRECONDITION, details: "not so" }); },
});
server.bindAsync("0.0.0.0:50051", grpc.ServerCredentials.createInsecure(), () => {});
process.on("SIGTERM", () => server.tryShutdown(() => process.exit()));
`;
const client = `
import grpc from ${grpc};
${definition}
const Calls = grpc.makeGenericClientConstructor(Greeter, "Greeter");
export default async function client({ inbox }) {
  for await (const message of inbox) {
    const calls = new Calls(message.body, grpc.credentials.createInsecure());
    calls.say("pod", (error, said) => { message.reply(said ?? String(error)); calls.close(); });
  }
}`;

interface Calls extends Client {
  say(said: string, metadata: Metadata, done: (error: ServiceError | null, answer?: string) => void): Events;
  fail(said: string, metadata: Metadata, done: (error: ServiceError | null, answer?: string) => void): Events;
  count(upTo: string, more?: { readonly deadline: Deadline }): Events & AsyncIterable<string>;
  talk(): Events & AsyncIterable<string> & { write(said: string): void; end(): void };
}
interface Events {
  on(event: "status", heard: (status: { readonly metadata: Metadata }) => void): unknown;
}
const text = {
  requestSerialize: (given: string) => Buffer.from(given),
  requestDeserialize: String,
  responseSerialize: (given: string) => Buffer.from(given),
  responseDeserialize: String,
};
const method = (name: string, requestStream: boolean, responseStream: boolean) => ({
  path: `/shop.Greeter/${name}`,
  requestStream,
  responseStream,
  ...text,
});
const Greeter = makeGenericClientConstructor(
  {
    say: method("Say", false, false),
    count: method("Count", false, true),
    talk: method("Talk", true, true),
    fail: method("Fail", false, false),
  },
  "Greeter",
);

let cluster: Scene;
let address: string;
const open: Calls[] = [];
beforeAll(async () => {
  cluster = await scene({ "server.mjs": server, "client.mjs": client }, { ingress: "127.0.0.1:0" });
  const pod = (name: string) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { app: name } },
    spec: {
      containers: [
        {
          name: "main",
          image: "server",
          env: [{ name: "NAME", value: name }],
          readinessProbe: { tcpSocket: { port: 50051 }, periodSeconds: 1 },
        },
      ],
    },
  });
  const service = (name: string, app: string) => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name },
    spec: { selector: { app }, ports: [{ port: 80, targetPort: 50051, appProtocol: "kubernetes.io/h2c" }] },
  });
  const rule = { http: { paths: [{ path: "/", pathType: "Prefix", backend: backend("one") }] } };
  await cluster.apply([
    pod("one"),
    pod("two"),
    service("one", "one"),
    service("two", "two"),
    { kind: "Container", metadata: { name: "client" }, spec: { module: "client" } },
    {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: { name: "greeter" },
      spec: { rules: [rule] },
    },
  ]);
  for (const name of ["one", "two", "client"]) await cluster.waitFor(`Pod/${name}`, "Ready");
  address = `localhost:${/\d+$/.exec(cluster.ingress ?? "")}`;
}, 60_000);
afterAll(async () => {
  for (const each of open) each.close();
  await cluster[Symbol.asyncDispose]();
});

function backend(name: string) {
  return { service: { name, port: { number: 80 } } };
}

function calls(how = credentials.createInsecure()): Calls {
  const made = new Greeter(address, how) as unknown as Calls;
  open.push(made);
  return made;
}

function called(
  what: (done: (error: ServiceError | null, answer?: string) => void) => Events,
): Promise<{ readonly answer: string | undefined; readonly trailers: Metadata }> {
  return new Promise((resolve, reject) => {
    let answer: string | undefined;
    what((error, got) => {
      answer = got;
      if (error) reject(error);
    }).on("status", ({ metadata }) => resolve({ answer, trailers: metadata }));
  });
}

async function all(stream: AsyncIterable<string>): Promise<string[]> {
  const got: string[] = [];
  for await (const each of stream) got.push(each);
  return got;
}

it.each([
  ["begun without TLS", () => credentials.createInsecure()],
  [
    "agreed on in TLS",
    () =>
      credentials.createSsl(null, null, null, {
        checkServerIdentity: () => undefined,
        rejectUnauthorized: false,
      }),
  ],
])(
  "calls and streams pass an Ingress, %s",
  async (_, how) => {
    const greeter = calls(how());
    const { answer, trailers } = await called(done => greeter.say("you", new Metadata(), done));
    expect(answer).toBe("hello you by one");
    expect(trailers.get("x-last")).toEqual(["said"]);
    expect(await all(greeter.count("50"))).toEqual(Array.from({ length: 50 }, (_, i) => String(i)));
    const talk = greeter.talk();
    const heard = talk[Symbol.asyncIterator]();
    for (const said of ["a", "b"]) {
      talk.write(said);
      expect((await heard.next()).value).toBe(`you say ${said}`);
    }
    talk.end();
    expect((await heard.next()).done).toBe(true);
    await expect(called(done => greeter.fail("it", new Metadata(), done))).rejects.toMatchObject({
      code: 9,
      details: "not so",
    });
    await expect(all(greeter.count("100000", { deadline: Date.now() + 300 }))).rejects.toMatchObject({
      code: 4,
    });
  },
  30_000,
);

it("calls between pods go along an HTTPRoute, one by one", async () => {
  const by = async () => (await cluster.api.request<string>("client", "one:80")).replace("hello pod by ", "");
  expect(await by()).toBe("one");
  const to = (name: string, weight: number) => ({ name, port: 80, weight });
  await cluster.apply({
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name: "one" },
    spec: {
      parentRefs: [{ group: "", kind: "Service", name: "one" }],
      rules: [
        { matches: [{ path: { type: "Exact", value: "/shop.Greeter/Say" } }], backendRefs: [to("two", 1)] },
      ],
    },
  });
  await expect.poll(by, { timeout: 10_000 }).toBe("two");
  await cluster.delete("HTTPRoute", "one");
  await expect.poll(by, { timeout: 10_000 }).toBe("one");
  expect(cluster.faults).toEqual([]);
}, 30_000);

describe("GRPCRoute", () => {
  const gatewayGroup = "gateway.networking.k8s.io";
  const route = (name: string, spec: object) => ({
    apiVersion: `${gatewayGroup}/v1`,
    kind: "GRPCRoute",
    metadata: { name },
    spec,
  });
  const to = (name: string, port = 80) => ({ name, port });
  const rule = (method: object | undefined, ...backendRefs: object[]) => ({
    ...(method && { matches: [{ method }] }),
    backendRefs,
  });
  const accepted = (name: string) =>
    cluster.waitFor(`GRPCRoute/${name}`, made =>
      Boolean(
        (made as GrpcRoute | undefined)?.status?.parents[0]?.conditions?.some(
          ({ type }) => type === "Accepted",
        ),
      ),
    );

  it("leads calls through a Gateway by service, method and metadata, the most specific rule first", async () => {
    await cluster.apply([
      {
        apiVersion: `${gatewayGroup}/v1`,
        kind: "Gateway",
        metadata: { name: "calls" },
        spec: {
          gatewayClassName: "k4s",
          listeners: [{ name: "calls", port: 80, protocol: "HTTP", hostname: "calls.test" }],
        },
      },
      // It says nothing of HTTP/2: that it is for gRPC is enough.
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "plain" },
        spec: { selector: { app: "two" }, ports: [{ port: 80, targetPort: 50051 }] },
      },
      route("calls", {
        parentRefs: [{ name: "calls" }],
        hostnames: ["calls.test"],
        rules: [
          rule({ method: "Say" }, to("nobody")),
          {
            matches: [{ method: { service: "shop.Greeter" }, headers: [{ name: "x-new", value: "yes" }] }],
            filters: [
              {
                type: "ResponseHeaderModifier",
                responseHeaderModifier: { set: [{ name: "x-by", value: "route" }] },
              },
            ],
            backendRefs: [to("plain")],
          },
          rule({ service: "shop.Greeter" }, to("one")),
          rule({ type: "RegularExpression", service: "shop\\.[A-Z][a-z]+", method: "F.*" }),
        ],
      }),
    ]);
    await accepted("calls");
    const greeter = new Greeter(address, credentials.createInsecure(), {
      "grpc.default_authority": "calls.test",
    }) as unknown as Calls;
    open.push(greeter);
    const say = async (metadata: Metadata) =>
      (await called(done => greeter.say("you", metadata, done))).answer;
    const isNew = new Metadata();
    isNew.set("x-new", "yes");
    await expect.poll(() => say(new Metadata())).toBe("hello you by one");
    expect(await say(isNew)).toBe("hello you by two");
    // A rule without a backend.
    await expect(called(done => greeter.fail("it", new Metadata(), done))).rejects.toMatchObject({
      code: status.UNAVAILABLE,
    });
    // What is no call of gRPC is not for such a route: it comes to the Ingress for all hosts, whose server says that it is none.
    const asking = request({
      port: /\d+$/.exec(address)?.[0],
      path: "/shop.Greeter/Say",
      method: "POST",
      headers: { host: "calls.test" },
    });
    const [refused] = (await once(asking.end(), "response")) as [IncomingMessage];
    refused.resume();
    expect(refused.statusCode).toBe(415);
  }, 30_000);

  it("leads calls between pods, by its weights", async () => {
    const by = async () =>
      (await cluster.api.request<string>("client", "one:80")).replace("hello pod by ", "");
    await cluster.apply(
      route("between", {
        parentRefs: [{ group: "", kind: "Service", name: "one" }],
        rules: [
          rule(
            { service: "shop.Greeter", method: "Say" },
            { ...to("two"), weight: 1 },
            { ...to("one"), weight: 0 },
          ),
        ],
      }),
    );
    await accepted("between");
    await expect.poll(by, { timeout: 10_000 }).toBe("two");
    await cluster.delete("GRPCRoute", "between");
    await expect.poll(by, { timeout: 10_000 }).toBe("one");
    expect(cluster.faults).toEqual([]);
  }, 30_000);
});
