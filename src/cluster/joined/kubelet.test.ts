/** When a node that has joined listens, and when it asks for certificates: in virtual time, on real sockets. */
import type { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { connect } from "node:tls";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Authority } from "../../access/authority.ts";
import { newCertificateRequest } from "../../access/certificate-request.ts";
import { IssuedCertificates } from "../../access/issued-certificates.ts";
import { serverCertificate } from "../../access/server-certificate.ts";
import type { Credentials } from "../../node/index.ts";
import { VirtualClock } from "../../outside/index.ts";
import type { CertificateSigningRequest } from "../../resources/index.ts";
import { assertFree, KubeletServing } from "./kubelet.ts";

const hour = 60 * 60 * 1_000;
let authority: Authority;
let clock: VirtualClock;
let asked: number[];
let served: number[];
let faults: unknown[];
let kubelets: KubeletServing[];
/** What is asked for: a certificate of one hour. */
let serving: () => Promise<Credentials>;

beforeEach(async () => {
  clock = new VirtualClock(Date.now());
  [asked, served, faults, kubelets] = [[], [], [], []];
  const files = await serverCertificate({ hosts: ["127.0.0.1"], now: clock.now() });
  authority = new Authority(() => files, new IssuedCertificates());
  serving = async () => {
    const wanted = { commonName: "system:node:n", organizations: ["system:nodes"], hosts: ["127.0.0.1"] };
    const { key, request } = await newCertificateRequest(wanted);
    const spec = {
      signerName: "kubernetes.io/kubelet-serving",
      request: Buffer.from(request).toString("base64"),
      usages: ["digital signature", "server auth"],
      expirationSeconds: 3_600,
    };
    const cert = await authority.sign({ spec } as unknown as CertificateSigningRequest, clock.now());
    return { key, cert, ca: authority.certificate };
  };
});

afterEach(async () => {
  for (const kubelet of kubelets) await kubelet.stop();
});

function kubeletAt(port = 0, host = "127.0.0.1"): KubeletServing {
  const kubelet = new KubeletServing({
    agent: { serves: async place => void served.push(place.port) },
    agents: new Map(),
    credentials: {
      serving: async () => {
        asked.push(clock.now());
        return serving();
      },
    },
    clock,
    documents: { answer: async () => undefined },
    storage: () => ({ call: () => Promise.reject(new Error("no volumes")) }),
    store: { get: () => undefined },
    nameAt: () => undefined,
    policed: undefined,
    host,
    port,
    onFault: fault => void faults.push(fault),
  });
  kubelets.push(kubelet);
  return kubelet;
}

/** The serial number of what is shown there. */
async function shownAt(port: number | undefined): Promise<string> {
  // What is valid in the clock of the test need not be so in life.
  const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const { serialNumber } = socket.getPeerX509Certificate() as X509Certificate;
  socket.destroy();
  return serialNumber;
}

it("asks for the next certificate when most of the life of one is over, and shows it at the same port", async () => {
  await kubeletAt().start();
  const [port] = served;
  const first = await shownAt(port);
  await clock.advance(0.6 * hour);
  expect([asked.length, await shownAt(port)]).toEqual([1, first]);
  await clock.advance(0.25 * hour);
  await expect.poll(() => asked.length).toBe(2);
  await expect.poll(() => shownAt(port)).not.toBe(first);
  await clock.advance(hour);
  await expect.poll(() => asked.length).toBe(3);
  expect([new Set(served).size, faults]).toEqual([1, []]);
});

it("says before anything is begun where a port is another's", async () => {
  const other = createServer();
  await new Promise<void>(resolve => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as { readonly port: number };
  const place = { host: "127.0.0.1", port };
  await expect(assertFree(place)).rejects.toMatchObject({
    reason: "BadRequest",
    message: `the node cannot listen on 127.0.0.1:${port} for the API server and other nodes: listen EADDRINUSE: address already in use 127.0.0.1:${port}`,
  });
  await new Promise(resolve => other.close(resolve));
  await assertFree(place);
});

it("asks ever more seldom where it gets no certificate, and serves as soon as it has one", async () => {
  const well = serving;
  serving = () => Promise.reject(new Error("nobody approves it"));
  const begin = clock.now();
  await kubeletAt().start();
  for (let tries = 2; tries < 9; tries++) {
    await clock.advance(15 * 60_000);
    await expect.poll(() => faults.length).toBeGreaterThanOrEqual(Math.min(tries, 8));
  }
  const pauses = asked.map((at, i) => at - (asked[i - 1] ?? begin)).slice(1);
  expect(pauses.slice(0, 5)).toEqual([30_000, 60_000, 120_000, 240_000, 480_000]);
  expect(Math.max(...pauses)).toBe(15 * 60_000);
  serving = well;
  await clock.advance(15 * 60_000);
  await expect.poll(() => served.length).toBe(1);
});

it("listens nowhere after it was stopped, also where it was just about to", async () => {
  let give: () => void = () => {};
  const well = serving;
  serving = async () => {
    await new Promise<void>(resolve => {
      give = resolve;
    });
    return well();
  };
  const kubelet = kubeletAt();
  const starting = kubelet.start();
  await expect.poll(() => asked.length).toBe(1);
  await kubelet.stop();
  give();
  await starting;
  expect([served, faults]).toEqual([[], []]);
});
