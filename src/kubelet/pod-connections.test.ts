/** Connections to the pods of a node, as who asks for them sees them: by its client and the node's server, over TLS. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { connect, createServer, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Authority } from "../access/authority.ts";
import { IssuedCertificates } from "../access/issued-certificates.ts";
import { serverCertificate } from "../access/server-certificate.ts";
import { NodeClient } from "../node/far/node-client.ts";
import type { NodeAgent, PodDialling } from "../node/index.ts";
import { KubeletServer } from "./kubelet-server.ts";

/** Nobody accepts at this address; at the other one all is said again. */
const [full, echo] = ["127.1.0.1", "127.1.0.2"];
let kubelet: KubeletServer;
let client: NodeClient;
let clientOf: (patienceMs?: number, port?: number) => NodeClient;
/** Between the two: what comes in while it is held goes on no more. */
let between: ReturnType<typeof createServer>;
const open: Socket[] = [];
let isHeld = false;
const givenUp: unknown[] = [];

beforeEach(async () => {
  const files = await serverCertificate({ hosts: ["127.0.0.1"], now: Date.now() });
  const authority = new Authority(() => files, new IssuedCertificates());
  const now = Date.now();
  const ca = await authority.ofKubelets();
  const asking = { ...(await authority.controlPlane(["127.0.0.1"], now)), ca };
  const shown = { ...(await authority.controlPlaneNodes(["127.0.0.1"], now)), ca: authority.certificate };
  const agent = {
    hasAddress: () => true,
    dialAddress: (address: string, _port: number, { signal }: PodDialling) =>
      address === echo ? Promise.resolve(echoing()) : gaveUp(signal),
  };
  kubelet = await KubeletServer.listen({ host: "127.0.0.1", port: 0 }, shown, {
    agents: new Map([["n", agent as unknown as NodeAgent]]),
    documents: { answer: async () => undefined },
    store: { get: () => undefined },
    nameAt: () => "n",
    storage: () => ({ call: () => Promise.reject(new Error("no volumes")) }),
    policed: undefined,
    dialMs: 50,
    onFault: fault => expect.unreachable(String(fault)),
  });
  isHeld = false;
  between = createServer(socket => {
    const on = connect(kubelet.port, "127.0.0.1");
    open.push(socket, on);
    socket.on("error", () => {}).on("data", piece => isHeld || on.write(piece));
    on.on("error", () => {}).on("data", piece => socket.write(piece));
    socket.once("close", () => on.destroy());
    on.once("close", () => socket.destroy());
  });
  await new Promise<void>(resolve => between.listen(0, "127.0.0.1", resolve));
  const { port } = between.address() as { readonly port: number };
  clientOf = (patienceMs, at = port) =>
    new NodeClient(
      { name: "n", host: "127.0.0.1", port: at },
      () => asking,
      patienceMs === undefined ? {} : { patienceMs },
    );
});

afterEach(async () => {
  client.close();
  for (const socket of open.splice(0)) socket.destroy();
  between.close();
  await kubelet.close();
});

function echoing(): Duplex {
  const duplex = new Duplex({
    read() {},
    write(piece, _encoding, done) {
      duplex.push(piece);
      done();
    },
    final(done) {
      duplex.push(null);
      done();
    },
  });
  return duplex;
}

/** As a socket that waits for an answer. */
function gaveUp(signal: AbortSignal | undefined): Promise<Duplex> {
  return new Promise((_, reject) => {
    signal?.addEventListener("abort", () => {
      givenUp.push(signal.reason);
      reject(signal.reason);
    });
  });
}

describe("a pod that does not accept", () => {
  beforeEach(() => {
    client = clientOf();
  });

  it("is not connected to, and connections to others go on", async () => {
    const living = await client.connect(echo, 80, undefined);
    const failing = Array.from({ length: 20 }, () => client.connect(full, 80, undefined));
    for (const result of await Promise.allSettled(failing))
      expect(result).toMatchObject({ reason: { code: "ETIMEDOUT", address: full, port: 80 } });
    expect(givenUp).toHaveLength(20);
    living.end("still here");
    expect(await text(living)).toBe("still here");
  });

  it("is given up by who does not wait", async () => {
    givenUp.length = 0;
    const impatient = new AbortController();
    const asked = client.connect(full, 80, undefined, impatient.signal);
    impatient.abort(new Error("enough"));
    await expect(asked).rejects.toThrow("enough");
  });
});

it("a request with a body comes whole, as node:http writes it", async () => {
  client = clientOf();
  for (let i = 0; i < 20; i++) {
    const stream = await client.connect(echo, 80, undefined);
    const asking = request({
      method: "POST",
      path: "/path",
      host: "web",
      headers: { a: "b".repeat(100) },
      createConnection: () =>
        Object.assign(stream, { setNoDelay: () => stream, setKeepAlive: () => stream }) as never,
    });
    // What comes back is no answer.
    asking.on("error", () => {});
    const heard = once(stream, "data");
    asking.end("hello");
    const [first] = (await heard) as [Buffer];
    expect(first.toString("latin1")).toMatch(/^POST \/path HTTP\/1\.1\r\na: b+\r\n/);
    stream.destroy();
  }
});

it("a node that says nothing any more: what is open to it is cut, and the next connection is a new one", async () => {
  client = clientOf(1_500);
  const living = await client.connect(echo, 80, undefined);
  isHeld = true;
  await expect(client.connect(echo, 80, undefined)).rejects.toMatchObject({ code: "ETIMEDOUT" });
  await expect(text(living)).rejects.toThrow();
  isHeld = false;
  const next = await client.connect(echo, 80, undefined);
  next.end("there again");
  expect(await text(next)).toBe("there again");
});

it("a node that cannot be dialled: each dial ends by itself", async () => {
  // It accepts nobody: what comes when as many wait as may is not answered, as behind a broken cable.
  const deaf = spawn(process.execPath, [
    "-e",
    "const server = require('net').createServer().listen(0, '127.0.0.1', 1, () => { require('fs').writeSync(1, String(server.address().port)); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); })",
  ]);
  try {
    const [port] = await once(deaf.stdout, "data");
    for (let i = 0; i < 8; i++) open.push(connect(Number(port), "127.0.0.1").on("error", () => {}));
    client = clientOf(500, Number(port));
    for (const _ of ["first", "second"])
      await expect(client.connect(echo, 80, undefined)).rejects.toMatchObject({ code: "EHOSTUNREACH" });
  } finally {
    deaf.kill("SIGKILL");
  }
});
