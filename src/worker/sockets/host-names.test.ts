import { createSocket } from "node:dgram";
import { once } from "node:events";
import { decode, encode } from "dns-packet";
import { expect, it } from "vitest";
import type { FoundHost } from "../../messages/index.ts";
import { HostNames, type PodNames } from "./host-names.ts";
import { KnownAnswers } from "./known-answers.ts";

const service = "web.shop.svc.cluster.local";
const inCluster = new Map<string, FoundHost>(
  Object.entries({
    // The namespace's search domains are the directory's to try.
    web: { name: service, addresses: ["10.96.0.7"] },
    [`${service}.`]: { name: service, addresses: ["10.96.0.7"] },
    "10.96.0.7": { name: service, addresses: ["10.96.0.7"], ports: [] },
  }),
);
const outside = new Set(["web.example.com", "db.corp.example", "elsewhere.example"]);

/** What a pod with these names finds, and what it asks for: the directory in brackets. */
async function found(host: string, names?: PodNames): Promise<readonly [unknown, ...string[]]> {
  const asked: string[] = [];
  async function* source(question: string) {
    asked.push(`[${question}]`);
    yield inCluster.get(question);
    await new Promise(() => {});
  }
  const isThere = async (name: string) => {
    asked.push(name);
    return outside.has(name);
  };
  const answer = await new HostNames(new KnownAnswers(source), names, isThere).find(host);
  const meant = answer && (answer.outside ?? answer.addresses.join());
  return [answer ? meant || "none" : "left to Node", ...asked];
}

const shop = ["shop.svc.cluster.local", "svc.cluster.local", "cluster.local"];
const usual = { aliases: {}, isClusters: true, servers: [] };
const searching = (domains: readonly string[], ndots: number, isClusters = true): PodNames => {
  return { ...usual, isClusters, search: { domains, ndots } };
};
const aliased = (addresses: readonly string[]): PodNames => ({
  ...usual,
  aliases: { "foo.remote": addresses },
});

it.each<[what: string, host: string, names: PodNames | undefined, finds: string, ...asked: string[]]>([
  ["a name of the namespace", "web", undefined, "10.96.0.7", "[web]"],
  ["one word that nobody has", "nosuch", undefined, "none", "[nosuch]"],
  ["a full name that nobody has", "a.b.svc.cluster.local", undefined, "none", "[a.b.svc.cluster.local]"],
  ["a short one with svc", "nosuch.shop.svc", undefined, "none", "[nosuch.shop.svc]"],
  ["a name outside", "elsewhere.example", undefined, "left to Node", "[elsewhere.example]"],
  ["an alias outside", "Foo.Remote", aliased(["192.0.2.1"]), "192.0.2.1", "[192.0.2.1]"],
  ["an alias of a Service", "foo.remote", aliased(["10.96.0.7"]), "10.96.0.7", "[10.96.0.7]"],
  ["no alias", "constructor", aliased(["192.0.2.1"]), "none", "[constructor]"],
  [
    "a search domain of another namespace",
    "web",
    searching(["default.svc.cluster.local", ...shop], 5),
    "10.96.0.7",
    "[web.default.svc.cluster.local.]",
    `[${service}.]`,
  ],
  [
    "a search domain outside",
    "web",
    searching(["default.svc.cluster.local", "example.com"], 5),
    "web.example.com",
    "[web.default.svc.cluster.local.]",
    "web.example.com",
  ],
  [
    "enough dots: the name itself first",
    "db.corp.example",
    searching(shop, 2),
    "db.corp.example",
    "db.corp.example",
  ],
  [
    "enough dots, but it is the cluster's",
    "web.shop",
    searching(["svc.cluster.local"], 1),
    "10.96.0.7",
    "web.shop",
    `[${service}.]`,
  ],
  ["nothing is searched for a name with a dot at its end", "web.", searching(shop, 5), "none"],
  ["nobody has it", "nosuch", searching(["example.com"], 5), "none", "nosuch.example.com"],
  ["not the cluster's DNS", "web", searching([], 1, false), "left to Node"],
  ["not the cluster's DNS, but an address", "10.96.0.7", searching([], 1, false), "10.96.0.7", "[10.96.0.7]"],
  [
    "the machine's, with a search domain",
    "web",
    searching(["example.com"], 1, false),
    "web.example.com",
    "web.example.com",
  ],
])("%s", async (_, host, names, finds, ...asked) => {
  expect(await found(host, names)).toEqual([finds, ...asked]);
});

it("asks the servers that the pod names, and says when none of them answers", async () => {
  const server = createSocket("udp4");
  const asked: string[] = [];
  server.on("message", (packet, { port }) => {
    const { id, questions = [] } = decode(packet);
    const [{ name = "", type = "" } = {}] = questions;
    asked.push(`${type} ${name}`);
    if (name === "silent.example") return;
    const answers = name === "db.corp.example" ? [{ type: "A" as const, name, data: "192.0.2.7" }] : [];
    const rcode = answers.length > 0 ? 0 : 3;
    server.send(encode({ type: "response", id, flags: rcode, questions, answers }), port);
  });
  server.bind(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const servers = [`127.0.0.1:${server.address().port}`];
    const search = { domains: ["corp.example"], ndots: 1 };
    const names = { aliases: {}, isClusters: false, servers, search };
    const hosts = new HostNames(new KnownAnswers<FoundHost>(async function* () {}), names);
    expect(await hosts.find("db")).toEqual({ name: "db.corp.example", addresses: ["192.0.2.7"] });
    expect(asked).toEqual(["A db.corp.example"]);
    expect(await hosts.find("nosuch.example")).toMatchObject({ addresses: [], isUnanswered: false });
    server.close();
    expect(await hosts.find("other.example")).toMatchObject({ addresses: [], isUnanswered: true });
  } finally {
    try {
      server.close();
    } catch {
      // It is closed already.
    }
  }
});
