/** Messages by way of a real nats-server. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { natsAccounts } from "../../../test/nats-accounts.ts";
import { freePort, natsServer, type RealServer, startNats } from "../../../test/real-servers.ts";
import { Authority, IssuedCertificates, serverCertificate } from "../../access/index.ts";
import { Cluster } from "../../cluster/index.ts";
import { realClock, realRandom } from "../../outside/index.ts";
import { MemoryStore } from "../../store/index.ts";
import { Town } from "../town.suite.ts";
import { NatsCarrier } from "./nats-carrier.ts";
import { type NatsOptions, natsAddressFault, natsServers } from "./nats-options.ts";

const times = (count: number) => Array.from({ length: count });
/** As it is printed for people to take: what is tested here runs with exactly these rights. */
const [, authorization = ""] =
  readFileSync(new URL("../../../QUICKREF.md", import.meta.url), "utf8").match(
    /```text\n(authorization \{.*?\n\}\n)```/s,
  ) ?? [];
const config = `max_payload: 65536\n${authorization}`;
const users = {
  controlPlane: { user: "control-plane", password: "of-the-control-plane" },
  node: { user: "node-1", password: "of-node-1" },
};

describe("addresses of NATS servers", () => {
  it("may hold a user and a password, which is not told", () => {
    expect(natsServers(["nats://me:p%40ss@one:4222", "two"])).toEqual({
      servers: ["nats://one:4222", "nats://two"],
      user: "me",
      password: "p@ss",
      isEncrypted: false,
    });
    expect(natsServers(["tls://one"]).isEncrypted).toBe(true);
  });

  it.each(["", "http://one", "nats://", 7, "a b"])("%j is none", given => {
    expect(natsAddressFault(given)).toContain("nats://host:4222");
  });
});

describe("a cluster", () => {
  it("whose NATS does not answer does not start, and says where it looked, and no password", async () => {
    const cluster = new Cluster({ nats: { servers: ["nats://me:secret@127.0.0.1:1"] } });
    await expect(cluster.start()).rejects.toMatchObject({
      reason: "ServiceUnavailable",
      message: "NATS at nats://127.0.0.1:1: connection refused",
    });
    await cluster.stop();
  });

  it("is told what is wrong with its option", () => {
    expect(() => new Cluster({ nats: { servers: [] } })).toThrow("a list of servers");
    expect(() => new Cluster({ nats: { servers: ["http://x"] } })).toThrow("nats://host:4222");
  });
});

describe.skipIf(!natsServer)(
  natsServer
    ? "a nats-server"
    : "a nats-server (none here: set NATS_SERVER, or install Debian's nats-server)",
  () => {
    let server: RealServer;
    beforeAll(async () => {
      server = await startNats(config);
    });
    afterAll(() => server.stop());

    const carrier = (cluster: string, more: Partial<NatsOptions> = {}) =>
      new NatsCarrier(
        { servers: [`nats://127.0.0.1:${server.port}`], ...users.controlPlane, ...more },
        () => cluster,
      );
    const store = () =>
      new MemoryStore({
        clock: realClock,
        onFault: fault => {
          throw fault;
        },
      });

    async function towns(cluster: string, shared = store(), more: Partial<NatsOptions> = {}) {
      const two = [];
      for (const process of ["/control-plane", "node-1"]) {
        const user = process === "node-1" ? users.node : users.controlPlane;
        const far = { name: process, carrier: carrier(cluster, { ...user, ...more }), store: shared };
        const town = new Town(undefined, undefined, far, realRandom);
        await town.network.meetOthers();
        two.push(town);
      }
      const [here, there] = two as [Town, Town];
      return { here, there, stop: () => Promise.all([here.stop(), there.stop()]) };
    }

    it("carries requests and answers, of any size, between the processes of one cluster alone", async () => {
      const { here, there, stop } = await towns("one");
      const other = await towns("two");
      await there.pod("echo", "node-1");
      await there.resident("echo", message => message.reply(message.body));
      expect(await vi.waitFor(() => here.api.request("echo", { n: 1 }), 10_000)).toEqual({ n: 1 });
      const large = new Uint8Array(20_000_000).fill(7);
      expect(Buffer.compare(await here.api.request<Uint8Array>("echo", large), large)).toBe(0);
      const answers = await Promise.all(times(2_000).map((_, i) => here.api.request("echo", i)));
      expect(answers).toEqual(times(2_000).map((_, i) => i));
      await other.there.pod("echo", "node-1");
      await expect(other.here.api.request("echo", 1)).rejects.toMatchObject({ reason: "NoEndpoint" });
      await Promise.all([stop(), other.stop()]);
    });

    it("that is killed in the middle of requests, and comes back with a smaller max_payload, loses none", async () => {
      const { here, there, stop } = await towns("one");
      await there.pod("echo", "node-1");
      await there.resident("echo", message => message.reply(message.body));
      await vi.waitFor(() => here.api.request("echo"), 10_000);
      let count = 0;
      let isOver = false;
      const load = times(16).map(async () => {
        while (!isOver) expect(await here.api.request("echo", ++count)).toBeTypeOf("number");
      });
      const large = new Uint8Array(200_000).fill(7);
      load.push(
        (async () => {
          while (!isOver)
            expect(Buffer.compare(await here.api.request<Uint8Array>("echo", large), large)).toBe(0);
        })(),
      );
      await vi.waitFor(() => expect(count).toBeGreaterThan(200), 10_000);
      const { port } = server;
      await server.stop("SIGKILL");
      const before = count;
      server = await startNats(config.replace("65536", "16384"), port);
      await vi.waitFor(() => expect(count).toBeGreaterThan(before + 200), 10_000);
      isOver = true;
      await Promise.all(load);
      await stop();
    }, 20_000);

    it("says where who asks is refused", async () => {
      const events = { packet() {}, absent() {}, reconnected() {}, fault() {} };
      await expect(carrier("one", { password: "wrong" }).start("x", events)).rejects.toMatchObject({
        reason: "Unauthorized",
        message: expect.stringContaining(`nats://127.0.0.1:${server.port}`),
      });
    });

    it("speaks encrypted, with whom its files trust, and accounts keep the processes of one cluster apart", async () => {
      const folder = mkdtempSync(join(tmpdir(), "k4s-nats-tls-"));
      const file = (called: string, text: string) => {
        writeFileSync(join(folder, called), text);
        return join(folder, called);
      };
      const { ca, cert, key } = await serverCertificate({ hosts: ["127.0.0.1"], now: Date.now() });
      const other = await serverCertificate({ hosts: ["127.0.0.1"], now: Date.now() });
      const accounts = ["ONE", "TWO"].map(each => `${each}: { users: [{ user: ${each}, password: p }] }`);
      const encrypted =
        await startNats(`tls { cert_file: "${file("cert.pem", cert)}", key_file: "${file("key.pem", key)}" }
        accounts { ${accounts.join("\n")} }`);
      const asked = { servers: [`tls://127.0.0.1:${encrypted.port}`], password: "p" };
      const heard: string[] = [];
      const events = {
        packet: (from: string) => void heard.push(from),
        absent: (name: string) => void heard.push(`${name} is absent`),
        reconnected() {},
        fault() {},
      };
      const trusting = (user: string) => carrier("one", { ...asked, user, ca: file("ca.pem", ca) });
      const carriers = [trusting("ONE"), trusting("ONE"), trusting("TWO")] as const;
      for (const [i, each] of carriers.entries()) await each.start(`node-${i}`, events);
      carriers[2].send(Buffer.from("x"), "node-0");
      carriers[1].send(Buffer.from("x"), "node-0");
      await vi.waitFor(() => expect(heard.toSorted()).toEqual(["node-0 is absent", "node-1"]), 10_000);
      const stranger = carrier("one", { ...asked, user: "ONE", ca: file("other.pem", other.ca) });
      await expect(stranger.start("node-3", events)).rejects.toMatchObject({ reason: "ServiceUnavailable" });
      const plain = carrier("one", { servers: [`tls://127.0.0.1:${server.port}`] });
      await expect(plain.start("node-3", events)).rejects.toThrow("tls");
      await Promise.all(carriers.map(each => each.close()));
      await encrypted.stop();
      rmSync(folder, { recursive: true });
    });

    it("lets no node speak for another, and nobody else say or hear anything", async () => {
      const faults: string[] = [];
      const heard: string[] = [];
      const events = {
        packet: (from: string) => void heard.push(from),
        absent() {},
        reconnected() {},
        fault: (error: Error) => void faults.push(error.message),
      };
      const controlPlane = carrier("one");
      await controlPlane.start("/control-plane", events);
      const node = carrier("one", users.node);
      await node.start("node-1", events);
      const other = carrier("one", users.node);
      await expect(other.start("node-2", events)).rejects.toMatchObject({
        reason: "Forbidden",
        message: expect.stringContaining("k4s.one.to.node-2.*"),
      });
      for (const stranger of [{}, { user: "me", password: "x" }, { ...users.node, password: "x" }])
        await expect(
          carrier("one", { user: undefined, password: undefined, ...stranger }).start("node-1", events),
        ).rejects.toMatchObject({ reason: "Unauthorized" });
      const { connect } = await import("@nats-io/transport-node");
      const { user, password: pass } = users.node;
      const bare = await connect({ servers: `127.0.0.1:${server.port}`, user, pass });
      bare.publish("k4s.one.to./control-plane.node-2", "I am node-2");
      bare.publish("k4s.one.all.node-2", "I am node-2");
      const words: string[] = [];
      bare.subscribe("k4s.one.to./control-plane.*", { callback: error => void words.push(String(error)) });
      await bare.flush();
      node.send(Buffer.from("I am node-1"), "/control-plane");
      await vi.waitFor(() => expect(heard).toEqual(["node-1"]), 10_000);
      expect(words.join()).toContain("Permissions Violation for Subscription");
      await Promise.all([bare.close(), node.close(), controlPlane.close()]);
    });

    it("has one process of a name at a time", async () => {
      const { here, there, stop } = await towns("one");
      const second = new Town(
        undefined,
        undefined,
        { name: "node-1", carrier: carrier("one", users.node), store: store() },
        realRandom,
      );
      await expect(second.network.meetOthers()).rejects.toMatchObject({
        reason: "AlreadyExists",
        message: "another process takes part as node-1: each must have a name of its own",
      });
      await second.stop();
      await there.pod("echo", "node-1");
      await there.resident("echo", message => message.reply(message.body));
      expect(await vi.waitFor(() => here.api.request("echo", 1), 5_000)).toBe(1);
      await stop();
    });

    it("may be one of several: when it dies, requests that were under way pass by the next", async () => {
      const [one, other, routes, otherRoutes] = await Promise.all([
        freePort(),
        freePort(),
        freePort(),
        freePort(),
      ]);
      const member = (port: number, own: number, its: number) =>
        startNats(
          `${config}\nserver_name: s${port}\ncluster { name: c, listen: "127.0.0.1:${own}", routes: ["nats://127.0.0.1:${its}"] }`,
          port,
        );
      const members = await Promise.all([
        member(one, routes, otherRoutes),
        member(other, otherRoutes, routes),
      ]);
      const servers = [one, other].map(port => `nats://127.0.0.1:${port}`);
      const { here, there, stop } = await towns("several", store(), { servers });
      await there.pod("echo", "node-1");
      await there.resident("echo", message => message.reply(message.body));
      await vi.waitFor(() => here.api.request("echo"), 10_000);
      const asked: Promise<unknown>[] = [];
      for (const dying of members) {
        asked.push(...times(50).map(() => here.api.request("echo", 1)));
        await dying.stop("SIGKILL");
        asked.push(...times(50).map(() => here.api.request("echo", 1)));
        await Promise.all(asked);
        if (dying === members[0]) members.push(await member(one, routes, otherRoutes));
        else break;
      }
      expect(new Set(await Promise.all(asked))).toEqual(new Set([1]));
      await stop();
      await members.at(-1)?.stop();
    }, 20_000);

    it("takes credentials of a user, and who shows a certificate, and nobody else", async () => {
      const folder = mkdtempSync(join(tmpdir(), "k4s-nats-creds-"));
      const file = (called: string, text: string) => {
        writeFileSync(join(folder, called), text);
        return join(folder, called);
      };
      const events = { packet() {}, absent() {}, reconnected() {}, fault() {} };
      const nobody = { user: undefined, password: undefined };
      const { operator, accounts, creds } = natsAccounts({
        pub: { allow: ["k4s.*.to.*.node-1", "k4s.*.all.node-1"] },
        sub: { allow: ["k4s.*.to.node-1.*", "k4s.*.all.*"] },
      });
      const byJwt = await startNats(`operator: ${operator}\nresolver: MEMORY\nresolver_preload: ${accounts}`);
      const withCreds = (text: string) =>
        carrier("one", { ...nobody, servers: [`127.0.0.1:${byJwt.port}`], creds: file("user.creds", text) });
      const known = withCreds(creds);
      await known.start("node-1", events);
      await known.close();
      await expect(withCreds(creds).start("node-2", events)).rejects.toMatchObject({ reason: "Forbidden" });
      await expect(withCreds(natsAccounts({}).creds).start("node-1", events)).rejects.toMatchObject({
        reason: "Unauthorized",
      });
      await expect(withCreds("nothing of the kind").start("node-1", events)).rejects.toMatchObject({
        reason: "BadRequest",
      });
      await byJwt.stop();

      const files = await serverCertificate({ hosts: ["127.0.0.1"], now: Date.now() });
      const authority = new Authority(() => files, new IssuedCertificates());
      const [ca, cert, key] = [files.ca, files.cert, files.key].map((text, i) =>
        file(`server-${i}.pem`, text),
      );
      const verifying = await startNats(
        `tls { cert_file: "${cert}", key_file: "${key}", ca_file: "${ca}", verify_and_map: true }
         authorization { users: [{ user: "node-1.example", permissions: { publish: "k4s.>", subscribe: "k4s.>" } }] }`,
      );
      const servers = [`tls://127.0.0.1:${verifying.port}`];
      const showing = async (name: string) => {
        const shown = await authority.controlPlane([name], Date.now());
        const [certFile, keyFile] = [file("cert.pem", shown.cert), file("key.pem", shown.key)];
        return carrier("one", { ...nobody, servers, ca, cert: certFile, key: keyFile });
      };
      const shown = await showing("node-1.example");
      await shown.start("node-1", events);
      await shown.close();
      await expect((await showing("node-2.example")).start("node-2", events)).rejects.toMatchObject({
        reason: "Unauthorized",
      });
      await expect(carrier("one", { ...nobody, servers, ca }).start("node-1", events)).rejects.toMatchObject({
        reason: "ServiceUnavailable",
        message: expect.stringContaining("certificate"),
      });
      await verifying.stop();
      rmSync(folder, { recursive: true });
    });
  },
);
