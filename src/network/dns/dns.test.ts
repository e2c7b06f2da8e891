/** The DNS server as its clients see it: node's resolver, and packets of dns-packet. */
import { createSocket, type Socket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import {
  type Answer,
  type DecodedPacket,
  decode,
  encode,
  type Packet,
  streamDecode,
  streamEncode,
} from "dns-packet";
import { afterEach, expect, it } from "vitest";
import { realClock, seededRandom } from "../../outside/index.ts";
import type { KubernetesObject } from "../../resources/index.ts";
import { administrator, MemoryStore } from "../../store/index.ts";
import { type DnsServing, serveDns } from "./index.ts";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close();
});

const object = (kind: string, namespace: string, name: string, more: Readonly<Record<string, unknown>>) => ({
  key: { kind, namespace, name },
  object: {
    apiVersion: "v1",
    kind,
    metadata: { name, ...(namespace && { namespace }), uid: `${kind}-${name}`, resourceVersion: "1" },
    ...more,
  } as unknown as KubernetesObject,
});
const service = (name: string, spec: Readonly<Record<string, unknown>>) =>
  object("Service", "shop", name, { spec });
interface Listed {
  readonly addresses: readonly string[];
  readonly hostname?: string;
  readonly conditions?: { readonly ready: boolean };
}
const slice = (of: string, ports: readonly unknown[], endpoints: readonly Listed[]) => {
  const { key, object: made } = object("EndpointSlice", "shop", `${of}-x`, {
    addressType: "IPv4",
    ports,
    endpoints,
  });
  const labels = { "kubernetes.io/service-name": of };
  return { key, object: { ...made, metadata: { ...made.metadata, labels } } };
};
const http = { name: "http", port: 80, protocol: "TCP" };
const many = Array.from({ length: 60 }, (_, i) => ({ addresses: [`127.2.0.${i + 1}`] }));
const content = [
  object("Namespace", "", "shop", {}),
  service("web", { clusterIP: "10.96.0.7", ports: [http, { name: "dns", port: 53, protocol: "UDP" }] }),
  service("unnamed", { clusterIP: "10.96.0.8", ports: [{ port: 80, protocol: "TCP" }] }),
  slice("web", [{ name: "http", port: 8080, protocol: "TCP" }], [{ addresses: ["127.1.0.9"] }]),
  service("db", { clusterIP: "None", ports: [http] }),
  slice(
    "db",
    [{ name: "http", port: 8080, protocol: "TCP" }],
    [
      { addresses: ["127.1.0.3"], hostname: "db-0" },
      { addresses: ["127.1.0.4"], hostname: "db-1", conditions: { ready: false } },
      { addresses: ["127.1.0.5"] },
    ],
  ),
  service("empty", { clusterIP: "None", ports: [http] }),
  service("many", { clusterIP: "None" }),
  slice("many", [], many),
  service("alias", { type: "ExternalName", externalName: "web.shop.svc.cluster.local" }),
  service("outside", { type: "ExternalName", externalName: "db.example.com" }),
  service("nowhere", { type: "ExternalName", externalName: "none.shop.svc.cluster.local" }),
  service("loop", { type: "ExternalName", externalName: "loop.shop.svc.cluster.local" }),
];

async function storeOf(): Promise<MemoryStore> {
  const store = new MemoryStore({
    clock: realClock,
    onFault: fault => expect(fault).toBeUndefined(),
    content,
  });
  await store.open();
  return store;
}

async function server(upstream: readonly string[] = [], given?: MemoryStore): Promise<DnsServing> {
  const store = given ?? (await storeOf());
  const serving = await serveDns({ store, clock: realClock, random: seededRandom(1) }, { upstream });
  open.push(serving);
  return serving;
}

function resolver({ host, port }: DnsServing): Resolver {
  const made = new Resolver({ timeout: 2_000, tries: 1 });
  made.setServers([`${host}:${port}`]);
  return made;
}

async function overUdp(
  { host, port }: DnsServing,
  packet: Packet | Buffer,
): Promise<DecodedPacket & { rcode?: string }> {
  const socket = createSocket("udp4");
  open.push({ close: () => socket.close() });
  const answer = once(socket, "message");
  socket.send(Buffer.isBuffer(packet) ? packet : encode(packet), port, host);
  const [bytes] = (await answer) as [Buffer];
  return decode(bytes);
}

const question = (
  name: string,
  type: NonNullable<Packet["questions"]>[number]["type"],
  more: Packet = {},
): Packet => ({
  type: "query",
  id: 77,
  flags: 256,
  questions: [{ name, type }],
  ...more,
});
const short = (answer: Answer) =>
  "data" in answer ? `${answer.name} ${answer.type} ${JSON.stringify(answer.data)}` : "";

const svc = (name: string) => `${name}.shop.svc.cluster.local`;
it.each([
  ["a Service", svc("web"), "A", "NOERROR", [`${svc("web")} A "10.96.0.7"`]],
  [
    "in other letters",
    "Web.Shop.SVC.cluster.local",
    "A",
    "NOERROR",
    ['Web.Shop.SVC.cluster.local A "10.96.0.7"'],
  ],
  ["an address of the other family", svc("web"), "AAAA", "NOERROR", []],
  ["another type", svc("web"), "MX", "NOERROR", []],
  [
    "ready endpoints of a headless Service",
    svc("db"),
    "A",
    "NOERROR",
    [`${svc("db")} A "127.1.0.3"`, `${svc("db")} A "127.1.0.5"`],
  ],
  ["an endpoint by its hostname", svc("db-0.db"), "A", "NOERROR", [`${svc("db-0.db")} A "127.1.0.3"`]],
  ["one by its address", svc("127-1-0-5.db"), "A", "NOERROR", [`${svc("127-1-0-5.db")} A "127.1.0.5"`]],
  ["one that is not ready", svc("db-1.db"), "A", "NXDOMAIN", []],
  ["a headless Service without endpoints", svc("empty"), "A", "NXDOMAIN", []],
  ["no such Service", svc("none"), "A", "NXDOMAIN", []],
  ["no such namespace", "web.none.svc.cluster.local", "A", "NXDOMAIN", []],
  ["a namespace", "shop.svc.cluster.local", "A", "NOERROR", []],
  ["svc", "svc.cluster.local", "A", "NOERROR", []],
  ["neither svc nor pod", "web.shop.cluster.local", "A", "NXDOMAIN", []],
  ["the zone", "cluster.local", "A", "NOERROR", []],
  ["a name server", "cluster.local", "NS", "NOERROR", ['cluster.local NS "ns.dns.cluster.local"']],
  [
    "a pod",
    "10-1-2-3.shop.pod.cluster.local",
    "A",
    "NOERROR",
    ['10-1-2-3.shop.pod.cluster.local A "10.1.2.3"'],
  ],
  ["a pod that is none", "10-1-2-300.shop.pod.cluster.local", "A", "NXDOMAIN", []],
  ["a pod of no namespace", "10-1-2-3.none.pod.cluster.local", "A", "NXDOMAIN", []],
  [
    "a named port",
    svc("_http._tcp.web"),
    "SRV",
    "NOERROR",
    [`${svc("_http._tcp.web")} SRV {"priority":0,"weight":100,"port":80,"target":"${svc("web")}"}`],
  ],
  [
    "of another protocol",
    svc("_dns._udp.web"),
    "SRV",
    "NOERROR",
    [`${svc("_dns._udp.web")} SRV {"priority":0,"weight":100,"port":53,"target":"${svc("web")}"}`],
  ],
  ["a port under a wrong protocol", svc("_dns._tcp.web"), "SRV", "NXDOMAIN", []],
  ["an unnamed port", svc("_._tcp.unnamed"), "SRV", "NXDOMAIN", []],
  [
    "the ports of endpoints",
    svc("_http._tcp.db"),
    "SRV",
    "NOERROR",
    [
      `${svc("_http._tcp.db")} SRV {"priority":0,"weight":50,"port":8080,"target":"${svc("127-1-0-5.db")}"}`,
      `${svc("_http._tcp.db")} SRV {"priority":0,"weight":50,"port":8080,"target":"${svc("db-0.db")}"}`,
    ],
  ],
  ["an alias itself", svc("alias"), "CNAME", "NOERROR", [`${svc("alias")} CNAME "${svc("web")}"`]],
  [
    "an alias within the cluster",
    svc("alias"),
    "A",
    "NOERROR",
    [`${svc("alias")} CNAME "${svc("web")}"`, `${svc("web")} A "10.96.0.7"`],
  ],
  [
    "an alias that leads nowhere",
    svc("nowhere"),
    "A",
    "NXDOMAIN",
    [`${svc("nowhere")} CNAME "${svc("none")}"`],
  ],
  ["an alias of itself", svc("loop"), "A", "SERVFAIL", []],
  [
    "a Service by its address",
    "7.0.96.10.in-addr.arpa",
    "PTR",
    "NOERROR",
    [`7.0.96.10.in-addr.arpa PTR "${svc("web")}"`],
  ],
  [
    "an endpoint by its address",
    "3.0.1.127.in-addr.arpa",
    "PTR",
    "NOERROR",
    [`3.0.1.127.in-addr.arpa PTR "${svc("db-0.db")}"`],
  ],
  ["an address without a name", "9.0.1.127.in-addr.arpa", "PTR", "NXDOMAIN", []],
  [
    "the version of this schema",
    "dns-version.cluster.local",
    "TXT",
    "NOERROR",
    ['dns-version.cluster.local TXT [{"type":"Buffer","data":[49,46,49,46,48]}]'],
  ],
  ["what is the cluster's no more, without resolvers", "example.com", "A", "SERVFAIL", []],
  ["a whole zone", "cluster.local", "AXFR", "REFUSED", []],
] as const)("is asked for %s", async (_what, name, type, code, wanted) => {
  const answer = await overUdp(await server(), question(name, type));
  expect({ code: answer.rcode, answers: (answer.answers ?? []).map(short).toSorted() }).toEqual({
    code,
    answers: [...wanted].toSorted(),
  });
  const isEmpty = wanted.length === 0 && (code === "NOERROR" || code === "NXDOMAIN");
  expect(answer.authorities?.map(({ type }) => type)).toEqual(isEmpty || code === "NXDOMAIN" ? ["SOA"] : []);
});

it("tells for how long an answer holds, that it is its own, and the addresses that ports are at", async () => {
  const answer = await overUdp(await server(), question(svc("_http._tcp.db"), "SRV"));
  expect(answer).toMatchObject({
    id: 77,
    flag_aa: true,
    flag_ra: true,
    flag_rd: true,
    answers: [{ ttl: 5 }, { ttl: 5 }],
  });
  expect(answer.additionals?.map(short).toSorted()).toEqual([
    `${svc("127-1-0-5.db")} A "127.1.0.5"`,
    `${svc("db-0.db")} A "127.1.0.3"`,
  ]);
});

it("answers the resolver of Node, over TCP where an answer is too long for UDP", async () => {
  const names = resolver(await server());
  expect(await names.resolve4(svc("web"))).toEqual(["10.96.0.7"]);
  // Newer versions of Node tell the type of a record, too.
  expect(await names.resolveSrv(svc("_http._tcp.web"))).toMatchObject([
    { name: svc("web"), port: 80, priority: 0, weight: 100 },
  ]);
  expect(await names.reverse("10.96.0.7")).toEqual([svc("web")]);
  expect(await names.resolve4(svc("many"))).toHaveLength(60);
  await expect(names.resolve4(svc("none"))).rejects.toMatchObject({ code: "ENOTFOUND" });
  await expect(names.resolve6(svc("web"))).rejects.toMatchObject({ code: "ENODATA" });
});

const edns = (size: number, version = 0): Answer => ({
  type: "OPT",
  name: ".",
  udpPayloadSize: size,
  ednsVersion: version,
  extendedRcode: 0,
  flags: 0,
  flag_do: false,
  options: [],
});

it("says that an answer was cut off, unless the client can take it", async () => {
  const names = await server();
  const plain = await overUdp(names, question(svc("many"), "A"));
  expect(plain.flag_tc).toBe(true);
  expect(plain.answers?.length).toBeGreaterThan(0);
  expect(plain.answers?.length).toBeLessThan(60);
  const roomy = await overUdp(names, question(svc("many"), "A", { additionals: [edns(4_096)] }));
  expect(roomy.flag_tc).toBe(false);
  expect(roomy.answers).toHaveLength(60);
  expect(roomy.additionals?.[0]).toMatchObject({ type: "OPT" });
  const newer = await overUdp(names, question(svc("web"), "A", { additionals: [edns(1_232, 1)] }));
  expect(newer.additionals?.[0]).toMatchObject({ type: "OPT", extendedRcode: 1 });
});

it("tells another of several addresses first each time", async () => {
  const names = await server();
  const first = new Set<string>();
  for (let i = 0; i < 20; i++)
    first.add(short((await overUdp(names, question(svc("db"), "A"))).answers?.[0] as Answer));
  expect(first.size).toBe(2);
});

it.each([
  ["bytes that are no packet", Buffer.from([0, 77, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 200, 1]), "FORMERR"],
  ["no question at all", encode({ type: "query", id: 77, questions: [] }), "FORMERR"],
  [
    "two questions",
    encode({
      ...question(svc("web"), "A"),
      questions: [
        { name: "a", type: "A" },
        { name: "b", type: "A" },
      ],
    }),
    "FORMERR",
  ],
  [
    "another class",
    encode({
      ...question("version.bind", "TXT"),
      questions: [{ name: "version.bind", type: "TXT", class: "CH" }],
    }),
    "REFUSED",
  ],
  ["an update", encode({ ...question(svc("web"), "A"), flags: 5 << 11 }), "NOTIMP"],
])("refuses %s, and goes on", async (_what, packet, code) => {
  const names = await server();
  expect(await overUdp(names, packet)).toMatchObject({ id: 77, rcode: code });
  expect((await overUdp(names, question(svc("web"), "A"))).answers).toHaveLength(1);
});

it("answers no answers, which could go round for ever", async () => {
  const { host, port } = await server();
  const socket = createSocket("udp4");
  open.push({ close: () => socket.close() });
  const answers: Buffer[] = [];
  socket.on("message", bytes => answers.push(bytes));
  socket.send(encode({ ...question(svc("web"), "A"), type: "response", id: 1 }), port, host);
  socket.send(Buffer.from([1, 2, 3]), port, host);
  socket.send(encode(question(svc("web"), "A")), port, host);
  await once(socket, "message");
  expect(answers.map(bytes => bytes.readUInt16BE(0))).toEqual([77]);
});

it("answers several questions over one connection, cut anywhere", async () => {
  const { host, port } = await server();
  const socket = connect({ host, port });
  open.push({ close: () => socket.destroy() });
  const bytes = Buffer.concat(
    ["web", "db", "none"].map((name, i) => streamEncode(question(svc(name), "A", { id: i }))),
  );
  socket.setNoDelay(true).write(bytes.subarray(0, 5));
  await once(socket, "connect");
  socket.write(bytes.subarray(5, 60));
  socket.write(bytes.subarray(60));
  const answers: Packet[] = [];
  let received = Buffer.alloc(0);
  for await (const chunk of socket) {
    received = Buffer.concat([received, chunk]);
    for (let end = 0; received.length >= 2; received = received.subarray(end)) {
      end = 2 + received.readUInt16BE(0);
      if (received.length < end) break;
      answers.push(streamDecode(received.subarray(0, end)));
    }
    if (answers.length === 3) break;
  }
  expect(answers.map(({ id, answers }) => [id, answers?.length])).toEqual([
    [0, 1],
    [1, 2],
    [2, 0],
  ]);
});

it("knows a change at once, whatever it has answered before", async () => {
  const store = await storeOf();
  const names = await server([], store);
  const asked = async (name: string) => (await overUdp(names, question(name, "A"))).rcode;
  expect([await asked(svc("new")), await asked(svc("web"))]).toEqual(["NXDOMAIN", "NOERROR"]);
  const { key, object: made } = service("new", { clusterIP: "10.96.0.99", ports: [http] });
  const author = { actor: "test", manager: "test", user: administrator };
  await store.add(key, made, author);
  const web = store.get("Service", "shop", "web");
  if (web) await store.remove({ ...key, name: "web" }, web, author);
  expect([await asked(svc("new")), await asked(svc("web"))]).toEqual(["NOERROR", "NXDOMAIN"]);
  expect((await overUdp(names, question("99.0.96.10.in-addr.arpa", "PTR"))).answers).toHaveLength(1);
});

/** A resolver that knows one name; it answers with what it is told to. */
async function upstream(
  answer: (query: DecodedPacket, socket: Socket) => Packet | undefined,
): Promise<string> {
  const socket = createSocket("udp4");
  open.push({ close: () => socket.close() });
  socket.on("message", (bytes, { port, address }) => {
    const query = decode(bytes);
    const packet = answer(query, socket);
    if (packet)
      socket.send(
        encode({ type: "response", id: query.id, questions: query.questions, ...packet }),
        port,
        address,
      );
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return `127.0.0.1:${socket.address().port}`;
}
const known = ({ questions }: DecodedPacket): Packet => ({
  answers: [{ name: questions?.[0]?.name ?? "", type: "A", ttl: 60, data: "192.0.2.1" }],
});

it("leaves other names to the resolvers of the machine, and the target of an ExternalName too", async () => {
  const names = await server([await upstream(known)]);
  expect(await overUdp(names, question("example.com", "A"))).toMatchObject({
    id: 77,
    rcode: "NOERROR",
    answers: [{ data: "192.0.2.1" }],
  });
  expect((await overUdp(names, question(svc("outside"), "A"))).answers?.map(short)).toEqual([
    `${svc("outside")} CNAME "db.example.com"`,
    'db.example.com A "192.0.2.1"',
  ]);
});

it("asks the next resolver where one refuses the connection", async () => {
  const free = createServer().listen(0, "127.0.0.1");
  await once(free, "listening");
  const { port } = free.address() as { port: number };
  free.close();
  const names = await server([`127.0.0.1:${port}`, await upstream(known)]);
  expect(await overUdp(names, question("example.com", "A"))).toMatchObject({ rcode: "NOERROR" });
});

it("holds a bounded number of questions for resolvers that are silent, and knows its own names meanwhile", async () => {
  const names = await server([await upstream(() => undefined)]);
  const socket = createSocket("udp4");
  open.push({ close: () => socket.close() });
  const refused = once(socket, "message");
  for (let i = 0; i < 101; i++)
    socket.send(encode(question(`n${i}.example.com`, "A", { id: i })), names.port, names.host);
  const [bytes] = (await refused) as [Buffer];
  expect(decode(bytes)).toMatchObject({ rcode: "REFUSED" });
  expect(await overUdp(names, question(svc("web"), "A"))).toMatchObject({ rcode: "NOERROR" });
});

it("fails where the port is taken, and leaves nothing open", async () => {
  const { port } = await server();
  const parts = { store: await storeOf(), clock: realClock, random: seededRandom(1) };
  await expect(serveDns(parts, { listen: port })).rejects.toMatchObject({ reason: "BadRequest" });
  await expect(serveDns(parts, { listen: "example.com:53" })).rejects.toThrow("HOST is an IP address");
});
