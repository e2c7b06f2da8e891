/** Packets that are no questions, or nearly: each gets a refusal or nothing, none ends the server, and a flood of them leaves it as it was. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { decode, encode } from "dns-packet";
import fc from "fast-check";
import { expect, test } from "vitest";
import { realClock, seededRandom } from "../../outside/index.ts";
import type { KubernetesObject } from "../../resources/index.ts";
import { administrator, MemoryStore } from "../../store/index.ts";
import { type ReplyParts, replyTo, TooManyForwarded } from "./reply.ts";
import { serveDns } from "./server.ts";

const name = "web.shop.svc.cluster.local";
const types = [
  "A",
  "AAAA",
  "SRV",
  "PTR",
  "TXT",
  "SOA",
  "NS",
  "ANY",
  "CNAME",
  "AXFR",
  "HTTPS",
  "NULL",
] as const;
const names = [name, "shop.svc.cluster.local", "cluster.local", "7.0.96.10.in-addr.arpa", "example.com", "."];

async function storeWithWeb(): Promise<MemoryStore> {
  const store = new MemoryStore({ clock: realClock, onFault: () => {} });
  const author = { actor: "test", manager: "test", user: administrator };
  const put = (kind: string, namespace: string, name: string, more: object) =>
    store.add(
      { kind, namespace, name },
      {
        apiVersion: "v1",
        kind,
        metadata: { namespace, name, uid: name },
        ...more,
      } as unknown as KubernetesObject,
      author,
    );
  await put("Namespace", "", "shop", {});
  await put("Service", "shop", "web", {
    spec: { clusterIP: "10.96.0.7", ports: [{ name: "http", port: 80 }] },
  });
  return store;
}

const query = (id: number, name: string, type: (typeof types)[number], payload: number) =>
  encode({
    type: "query",
    id,
    flags: 256,
    questions: [{ name, type: type as "A" }],
    ...(payload > 0 && {
      additionals: [
        {
          type: "OPT",
          name: ".",
          udpPayloadSize: payload,
          extendedRcode: 0,
          ednsVersion: 0,
          flags: 0,
          flag_do: false,
          options: [],
        },
      ],
    }),
  });
/** A good question of which some bytes are others, or that ends too early. */
const nearly = fc
  .tuple(
    fc.nat(65_535),
    fc.constantFrom(...names),
    fc.constantFrom(...types),
    fc.constantFrom(0, 1, 512, 65_535),
    fc.array(fc.tuple(fc.nat(80), fc.nat(255)), { maxLength: 6 }),
    fc.option(fc.nat(60), { nil: undefined }),
  )
  .map(([id, name, type, payload, changes, length]) => {
    const bytes = query(id, name, type, payload);
    for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
    return bytes.subarray(0, length ?? bytes.length);
  });
const packet = fc.oneof(
  nearly,
  fc.uint8Array({ maxLength: 600 }).map(bytes => Buffer.from(bytes)),
);

test("whatever comes is answered by a packet that fits, or by nothing", async () => {
  const store = await storeWithWeb();
  const parts: ReplyParts = {
    facts: { store, servicesAt: () => [], slicesAt: () => [] },
    random: seededRandom(1),
    forward: () => Promise.reject(new TooManyForwarded()),
  };
  await fc.assert(
    fc.asyncProperty(packet, fc.constantFrom("udp" as const, "tcp" as const), async (bytes, transport) => {
      const answer = await replyTo(bytes, transport, parts);
      if (!answer) return;
      expect(answer.length).toBeGreaterThanOrEqual(12);
      expect(answer.length).toBeLessThanOrEqual(transport === "udp" ? 4_096 : 65_535);
      expect(answer.readUInt16BE(0)).toBe(bytes.readUInt16BE(0));
      expect(answer.readUInt8(2) & 0x80).toBe(0x80);
    }),
    { numRuns: 3_000 },
  );
});

test("after a flood of rubbish over UDP and TCP the server answers as before", async () => {
  const store = await storeWithWeb();
  const names = await serveDns({ store, clock: realClock, random: seededRandom(1) }, { upstream: [] });
  const socket = createSocket("udp4");
  try {
    const samples = fc.sample(packet, { numRuns: 2_000, seed: 7 });
    for (const [i, bytes] of samples.entries()) {
      if (bytes.length > 0) socket.send(bytes, names.port, names.host, () => {});
      if (i % 100 === 0) await turn();
    }
    const stream = connect(names.port, names.host);
    const gone = once(stream, "close");
    stream.on("error", () => {});
    stream.resume();
    for (const bytes of samples) {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(bytes.length);
      stream.write(Buffer.concat([length, bytes]));
    }
    stream.end();
    await gone;
    const good = new Promise<Buffer>(resolve => {
      socket.on("message", (bytes: Buffer) => {
        if (bytes.readUInt16BE(0) === 4_242 && bytes.length > 12 && decode(bytes).answers?.length)
          resolve(bytes);
      });
    });
    // The socket of the server may still be full of the flood.
    const asking = setInterval(() => socket.send(query(4_242, name, "A", 0), names.port, names.host), 100);
    const answer = await good.finally(() => clearInterval(asking));
    expect(decode(answer).answers).toMatchObject([{ type: "A", data: "10.96.0.7" }]);
  } finally {
    socket.close();
    await names.close();
    await store.close();
  }
}, 30_000);
