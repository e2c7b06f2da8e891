/**
 * Webhooks that are pods behind a Service: one that answers, and, in virtual time, how long one is waited for that never does, and
 * what becomes of the write.
 */
import { createServer } from "node:https";
import { type AddressInfo, connect as connectTo } from "node:net";
import { Duplex, PassThrough } from "node:stream";
import { expect, test, vi } from "vitest";
import { serverCertificate } from "../access/index.ts";
import { seededRandom, VirtualClock } from "../outside/index.ts";
import { builtInKinds, type Draft, KindRegistry } from "../resources/index.ts";
import { administrator, MemoryStore, PendingAnswers, Registry, type Request } from "../store/index.ts";
import { AdmissionChain } from "./chain.ts";
import { storeReader } from "./plugin.ts";
import { pluginsFor } from "./plugins.ts";

const request: Request = { author: { actor: "test", user: administrator, manager: "test" } };

/** A cluster whose webhooks are pods: `connect` makes the connection to each. */
async function world(connect: () => Promise<Duplex>) {
  const clock = new VirtualClock();
  const store = new MemoryStore({ clock, onFault: fault => expect.fail(String(fault)) });
  const kinds = new KindRegistry(builtInKinds);
  const dial = vi.fn(connect);
  const outside = { after: clock.after.bind(clock), uuid: () => "1", dial };
  const admission = new AdmissionChain(
    pluginsFor(),
    storeReader(store, kinds, { outside }),
    new PendingAnswers(clock),
  );
  const registry = new Registry({ store, kinds, admission, clock, random: seededRandom(1) });
  const create = (draft: Draft) => registry.create(draft, request);
  await create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "demo" } });
  await create({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "hook", namespace: "demo" },
    spec: { ports: [{ port: 443 }] },
  });
  return { clock, dial, create };
}

function hooks(kind: "Mutating" | "Validating", ...each: readonly object[]): Draft {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: `${kind}WebhookConfiguration`,
    metadata: { name: "hooks" },
    webhooks: each.map((own, n) => ({
      name: `n${n}.example.com`,
      clientConfig: { service: { name: "hook", namespace: "demo" } },
      rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["*"], resources: ["configmaps"] }],
      admissionReviewVersions: ["v1"],
      sideEffects: "None",
      ...own,
    })),
  } as Draft;
}

const configMap: Draft = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c", namespace: "demo" } };

/** It takes what it is sent. */
const silent = async () => new Duplex({ read: () => {}, write: (_part, _encoding, done) => done() });
const never = () => new Promise<Duplex>(() => {});
const ignored = { failurePolicy: "Ignore" };
const late = (seconds: number) =>
  `Internal error occurred: failed calling webhook "n0.example.com": failed to call webhook: Post "https://hook.demo.svc:443/?timeout=${seconds}s": context deadline exceeded`;

test("one that answers is asked under the name of its Service", async () => {
  const { cert, key, ca } = await serverCertificate({
    hosts: ["hook.demo.svc"],
    folder: undefined,
    now: Date.now(),
  });
  const asked: unknown[] = [];
  const server = createServer({ cert, key }, ({ url, headers }, response) => {
    asked.push(url, headers.host);
    const answer = { uid: "1", allowed: false, status: { message: "no" } };
    response.end(
      JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response: answer }),
    );
  });
  await new Promise<void>(resolve => void server.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const { create, dial } = await world(async () => connectTo(port, "127.0.0.1"));
    const service = { name: "hook", namespace: "demo", path: "/check", port: 8443 };
    const caBundle = Buffer.from(ca).toString("base64");
    await create(hooks("Validating", { clientConfig: { service, caBundle } }));
    await expect(create(configMap)).rejects.toThrow('"n0.example.com" denied the request: no');
    expect(asked).toEqual(["/check?timeout=10s", "hook.demo.svc:8443"]);
    expect(dial).toHaveBeenCalledWith(expect.objectContaining({ kind: "Service" }), "8443");
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

test.each([
  ["that cannot be dialled", "Mutating", {}, never, 10, late(10)],
  ["that cannot be dialled", "Validating", {}, never, 10, late(10)],
  ["that says nothing", "Validating", {}, silent, 10, late(10)],
  ["that has longer", "Mutating", { timeoutSeconds: 20 }, never, 20, late(20)],
  ["that has longer", "Validating", { timeoutSeconds: 30 }, never, 30, late(30)],
  ["that has less", "Validating", { timeoutSeconds: 1 }, never, 1, late(1)],
  ["whose failures are ignored", "Mutating", ignored, never, 10, "created"],
  ["whose failures are ignored", "Validating", ignored, never, 10, "created"],
] as const)("one %s (%s, %j) ends after its own time", async (_, kind, own, connect, seconds, outcome) => {
  const { clock, dial, create } = await world(connect);
  await create(hooks(kind, own));
  const told: string[] = [];
  const creating = create(configMap).then(
    written => void told.push(written.outcome),
    error => void told.push(error.message),
  );
  await vi.waitUntil(() => dial.mock.calls.length > 0, 10_000);
  await clock.advance(seconds * 1000 - 1);
  expect(told).toEqual([]);
  await clock.advance(1);
  await creating;
  expect(told).toEqual([outcome]);
});

test("those that change have their own time, each", async () => {
  const { clock, dial, create } = await world(never);
  await create(hooks("Mutating", ignored, ignored));
  const creating = create(configMap);
  for (const calls of [1, 2]) {
    await vi.waitUntil(() => dial.mock.calls.length === calls, 10_000);
    await clock.advance(10_000);
  }
  expect((await creating).outcome).toBe("created");
});

test("a connection that comes too late is closed", async () => {
  const connections: ((socket: Duplex) => void)[] = [];
  const { clock, dial, create } = await world(() => new Promise(resolve => void connections.push(resolve)));
  await create(hooks("Mutating", ignored));
  const creating = create(configMap);
  await vi.waitUntil(() => dial.mock.calls.length > 0, 10_000);
  await clock.advance(10_000);
  await creating;
  const socket = new PassThrough();
  connections[0]?.(socket);
  await vi.waitUntil(() => socket.destroyed, 10_000);
});
