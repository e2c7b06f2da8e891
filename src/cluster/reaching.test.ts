/** A cluster's own node asked over the network, as if it ran in another process: by its kubelet's server, with certificates. */
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:http2";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import { connect as connectOverTls } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Authority } from "../access/authority.ts";
import { newCertificateRequest } from "../access/certificate-request.ts";
import type { ServerCertificate } from "../access/certificates.ts";
import { IssuedCertificates } from "../access/issued-certificates.ts";
import { serverCertificate } from "../access/server-certificate.ts";
import { type Credentials, connectionsTo, FarNodes, fromHeader, type Session } from "../node/index.ts";
import { realRandom } from "../outside/index.ts";
import type { CertificateSigningRequest, Draft, Pod } from "../resources/index.ts";
import { bootstrap } from "./objects/index.ts";
import { type ClusterParts, clusterParts } from "./parts.ts";

const author = { author: bootstrap };
let parts: ClusterParts;
let authority: Authority;
let files: ServerCertificate;
let far: FarNodes;
let streams: ReturnType<typeof connectionsTo>;
let pod: Pod;
const faults: unknown[] = [];

const program = `
  const { createServer } = require("node:net");
  createServer({ allowHalfOpen: true }, socket => {
    let length = 0;
    socket.on("error", () => {});
    socket.on("data", piece => { length += piece.length; if (String(piece) === "leave") socket.destroy(); });
    socket.on("end", () => socket.end(length + " from " + socket.remoteAddress));
  }).listen(80);
  console.log("one\\ntwo");
  process.stdin.on("data", piece => console.log("read " + piece));
`;

beforeAll(async () => {
  files = await serverCertificate({ hosts: ["127.0.0.1"], now: Date.now() });
  authority = new Authority(() => files, new IssuedCertificates());
  parts = clusterParts(
    { onFault: fault => faults.push(fault), metricResolutionMs: 200 },
    { running: () => undefined, authority: () => authority, url: () => "https://127.0.0.1:6443" },
  );
  const { shares, plane, scheduler, loops, store, context } = parts;
  await shares.join(plane);
  scheduler.start();
  loops.start();
  await shares.startNodes();
  const { registry } = context;
  const credentials = await shown();
  far = new FarNodes({
    store,
    credentials: () => () => credentials,
    isHere: () => false,
    nodeAt: () => "node-0",
  });
  streams = connectionsTo({ nodes: far, store, random: realRandom });
  // A node that runs elsewhere: from now on those of this process can be asked.
  await registry.create({ apiVersion: "v1", kind: "Node", metadata: { name: "elsewhere" } }, author);
  await registry.create(
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p", namespace: "default" },
      spec: {
        nodeName: "node-0",
        containers: [{ name: "c", image: "node", command: ["node", "-e", program], stdin: true }],
      },
    },
    author,
  );
  await until(() => {
    const found = store.get("Pod", "default", "p");
    const node = store.get("Node", "", "node-0");
    if (found) pod = found;
    const isReady = found?.status?.containerStatuses?.[0]?.ready;
    return isReady === true && node?.status?.daemonEndpoints?.kubeletEndpoint?.Port !== 10_250;
  });
});

afterAll(async () => {
  const { loops, scheduler, shares, plane } = parts;
  far.close();
  await shares.leave(plane, async () => {
    await loops.stop();
    scheduler.stop();
  });
  expect(faults).toEqual([]);
});

async function shown(): Promise<Credentials> {
  return { ...(await authority.controlPlane(["127.0.0.1"], Date.now())), ca: await authority.ofKubelets() };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(resolve => setTimeout(resolve, 5));
}

async function outcome(session: Session) {
  const said = { stdout: "", stderr: "" };
  for await (const { stream, bytes } of session.output) said[stream] += Buffer.from(bytes).toString();
  return { ...said, ...(await session.exited) };
}

describe("a node far away", () => {
  it("gives logs, of which some are asked for", async () => {
    // It is ready as soon as it runs, and may not have printed yet.
    await expect.poll(async () => text(await streams.log(pod, {}))).toBe("one\ntwo\n");
    expect(await text(await streams.log(pod, { tailLines: 1 }))).toBe("two\n");
    const left = new AbortController();
    const following = await streams.log(pod, { follow: true, signal: left.signal });
    let said = "";
    for await (const piece of following) {
      said += Buffer.from(piece).toString();
      if (said === "one\ntwo\n") left.abort();
    }
    expect(said).toBe("one\ntwo\n");
  });

  it("runs commands: output, exit code, stdin and its end, and the size of the terminal", async () => {
    const failed = await streams.exec(pod, { command: ["sh", "-c", "echo a; echo b >&2; exit 3"] });
    expect(await outcome(failed)).toEqual({ stdout: "a\n", stderr: "b\n", exitCode: 3 });
    const reading = await streams.exec(pod, { command: ["cat"] });
    await reading.write(Buffer.from("x".repeat(300_000)));
    reading.end();
    const read = await outcome(reading);
    expect([read.stdout.length, read.exitCode]).toEqual([300_000, 0]);
    const wrong = await streams.exec(pod, { command: ["no-such-program"] });
    expect((await outcome(wrong)).exitCode).not.toBe(0);
    const closed = await streams.exec(pod, { command: ["sleep", "1000"], tty: true });
    closed.resize(80, 25);
    closed.close();
    expect(await closed.exited).toMatchObject({ exitCode: 137 });
  });

  it("refuses as the kubelet does", async () => {
    const gone = { ...pod, metadata: { ...pod.metadata, uid: "another" } };
    await expect(streams.exec(gone, { command: ["ls"] })).rejects.toMatchObject({ reason: "NotFound" });
    await expect(streams.log(pod, { previous: true })).rejects.toMatchObject({ reason: "BadRequest" });
  });

  it("is attached to, with stdin", async () => {
    const session = await streams.attach(pod, {});
    await session.write(Buffer.from("hello"));
    for await (const { bytes } of session.output) {
      if (Buffer.from(bytes).toString().includes("read hello")) break;
    }
    session.close();
  });

  it("is connected to: both directions, each half for itself, refusals and resets", async () => {
    const dial = streams.portforward(pod);
    const socket = await dial(80);
    const big = Buffer.alloc(5_000_000);
    socket.end(big);
    expect(await text(socket)).toBe("5000000 from 127.0.0.1");
    await expect(dial(81)).rejects.toMatchObject({
      code: "ECONNREFUSED",
      message: /connect ECONNREFUSED .*:81/,
    });
    const ended = await dial(80);
    ended.write("leave");
    expect(await text(ended)).toBe("");
  });

  it("is cut off in the middle: nobody takes what has come for all", async () => {
    const { store } = parts;
    const own = await shown();
    const other = new FarNodes({
      store,
      credentials: () => () => own,
      isHere: () => false,
      nodeAt: () => "node-0",
    });
    const through = connectionsTo({ nodes: other, store, random: realRandom });
    const socket = await through.portforward(pod)(80);
    const cut = expect(text(socket)).rejects.toThrow();
    socket.write("x");
    other.close();
    await cut;
  });

  it("answers as a kubelet, to those it knows alone", async () => {
    const node = parts.store.get("Node", "", "node-0");
    const answer = node && far.asked(node);
    expect((await answer?.("/healthz"))?.text).toBe("ok");
    expect(JSON.parse((await answer?.("/pods"))?.text ?? "").items).toHaveLength(1);
    expect(JSON.parse((await answer?.("/stats/summary"))?.text ?? "").node.nodeName).toBe("node-0");
    expect(await answer?.("/no/such")).toBeUndefined();
    const port = node?.status?.daemonEndpoints?.kubeletEndpoint?.Port;
    const ca = await authority.ofKubelets();
    const asStranger = await new Promise<readonly unknown[]>((resolve, reject) => {
      const asking = request({ host: "127.0.0.1", port, path: "/pods", ca });
      asking.once("error", reject);
      asking.once("response", async response => resolve([response.statusCode, await text(response)]));
      asking.end();
    });
    expect(asStranger).toEqual([401, "Unauthorized"]);
  });

  it.each([
    ["who is no node, for an address that nobody has", "eve", [], "9.9.9.9"],
    ["who is no node, for a pod", "eve", [], "127.1.0.1"],
    ["a node, for a pod of another", "system:node:elsewhere", ["system:nodes"], "127.1.0.1"],
    ["a node, for an address that nobody has", "system:node:elsewhere", ["system:nodes"], "9.9.9.9"],
    ["a node, for nobody", "system:node:elsewhere", ["system:nodes"], undefined],
  ])("lets nobody connect in another's name: %s", async (_, commonName, organizations, from) => {
    const { key, request } = await newCertificateRequest({ commonName, organizations });
    const spec = {
      signerName: "kubernetes.io/kube-apiserver-client",
      request: Buffer.from(request).toString("base64"),
      usages: ["client auth"],
    } as const;
    const kind = { apiVersion: "certificates.k8s.io/v1", kind: "CertificateSigningRequest" } as const;
    const asks: Draft<CertificateSigningRequest> = { ...kind, metadata: { name: "eve" }, spec };
    const cert = await authority.sign(asks as CertificateSigningRequest, Date.now());
    const port = parts.store.get("Node", "", "node-0")?.status?.daemonEndpoints?.kubeletEndpoint?.Port;
    const session = connect(`https://127.0.0.1:${port}`, { ca: await authority.ofKubelets(), key, cert });
    const asked = session.request({
      ":method": "CONNECT",
      ":authority": `${pod.status?.podIP}:80`,
      ...(from && { [fromHeader]: `${from}:1234` }),
    });
    const [answer] = await once(asked, "response");
    expect(answer[":status"]).toBe(403);
    session.destroy();
  });

  it("tells what its containers use", async () => {
    const [used] = await far.usage(pod);
    expect(used).toMatchObject({ name: "c" });
    expect(await far.answers("node-0")).toBe(true);
    expect(await far.answers("elsewhere")).toBe(false);
  });
});

it("when the authority is renewed, long before its end, the nodes show a certificate that is good as long, on the same port", async () => {
  const { store, context } = parts;
  const port = store.get("Node", "", "node-0")?.status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 0;
  const ca = await authority.ofKubelets();
  const end = async () => {
    const socket = connectOverTls({ host: "127.0.0.1", port, ca });
    await once(socket, "secureConnect");
    const { valid_to } = socket.getPeerCertificate();
    socket.destroy();
    return Date.parse(valid_to);
  };
  const before = new X509Certificate(files.ca).validTo;
  expect(await end()).toBe(Date.parse(before));
  const day = 24 * 60 * 60 * 1_000;
  files = await serverCertificate({
    hosts: ["127.0.0.1"],
    now: Date.parse(before) - 700 * day,
    current: files,
  });
  const { validTo } = new X509Certificate(files.ca);
  expect(validTo).not.toBe(before);
  // Whatever a node says.
  await context.registry.modify(
    "Node",
    "",
    "node-0",
    node => ({ ...node, metadata: { ...node.metadata, labels: { ...node.metadata.labels, x: "y" } } }),
    author,
  );
  // Who trusts the authority of before goes on doing so.
  await expect.poll(end).toBe(Date.parse(validTo));
});

it("a node that is away is told of in the words of Kubernetes", async () => {
  const { registry } = parts.context;
  const gone = { apiVersion: "v1", kind: "Node", metadata: { name: "gone" } } as const;
  await registry.create(gone, author);
  const status = {
    addresses: [{ type: "InternalIP", address: "127.0.0.1" }],
    daemonEndpoints: { kubeletEndpoint: { Port: 1 } },
  };
  await registry.modify("Node", "", "gone", node => ({ ...node, status }), {
    ...author,
    subresource: "status",
  });
  const there = { ...pod, spec: { ...pod.spec, nodeName: "gone" } };
  await expect(streams.exec(there, { command: ["ls"] })).rejects.toMatchObject({
    reason: "InternalError",
    message: "error dialing backend: dial tcp 127.0.0.1:1: connect: connection refused",
  });
  await expect(streams.log(there, { tailLines: 1 })).rejects.toMatchObject({
    message:
      'Get "https://127.0.0.1:1/containerLogs/default/p/c?tailLines=1": dial tcp 127.0.0.1:1: connect: connection refused',
  });
  await expect(streams.portforward(there)(80)).rejects.toMatchObject({ code: "EHOSTUNREACH" });
});
