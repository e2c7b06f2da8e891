/** Messages by way of a real nats-server. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { natsServer, type RealServer, startNats } from "../../../test/real-servers.ts";
import { serverCertificate } from "../../access/index.ts";
import { Cluster } from "../../cluster/index.ts";
import { realClock, realRandom } from "../../outside/index.ts";
import { MemoryStore } from "../../store/index.ts";
import { Town } from "../town.suite.ts";
import { NatsCarrier } from "./nats-carrier.ts";
import { type NatsOptions, natsAddressFault, natsServers } from "./nats-options.ts";

const times = (count: number) => Array.from({ length: count });
const password = "a-password-of-tests";
const config = `max_payload: 65536
authorization { users: [
  { user: "cluster", password: "${password}" }
  { user: "node-1", password: "${password}", permissions: {
    publish: ["k4s.*.to.*.node-1", "k4s.*.all.node-1"], subscribe: ["k4s.*.to.node-1.*", "k4s.*.all.*"] } }
] }`;

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
        { servers: [`nats://127.0.0.1:${server.port}`], user: "cluster", password, ...more },
        () => cluster,
      );
    const store = () =>
      new MemoryStore({
        clock: realClock,
        onFault: fault => {
          throw fault;
        },
      });

    async function towns(cluster: string, shared = store()) {
      const two = [];
      for (const process of ["/control-plane", "node-1"]) {
        const user = process === "node-1" ? "node-1" : "cluster";
        const far = { name: process, carrier: carrier(cluster, { user }), store: shared };
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
      expect(await vi.waitFor(() => here.api.request("echo", { n: 1 }))).toEqual({ n: 1 });
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
      await vi.waitFor(() => here.api.request("echo"));
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
      await vi.waitFor(() => expect(heard.toSorted()).toEqual(["node-0 is absent", "node-1"]));
      const stranger = carrier("one", { ...asked, user: "ONE", ca: file("other.pem", other.ca) });
      await expect(stranger.start("node-3", events)).rejects.toMatchObject({ reason: "ServiceUnavailable" });
      const plain = carrier("one", { servers: [`tls://127.0.0.1:${server.port}`] });
      await expect(plain.start("node-3", events)).rejects.toThrow("tls");
      await Promise.all(carriers.map(each => each.close()));
      await encrypted.stop();
      rmSync(folder, { recursive: true });
    });

    it("lets no node speak for another, where its permissions say so", async () => {
      const faults: string[] = [];
      const events = {
        packet() {},
        absent() {},
        reconnected() {},
        fault: (error: Error) => void faults.push(error.message),
      };
      const node = carrier("one", { user: "node-1" });
      await node.start("node-2", events);
      node.send(Buffer.from("I am node-2"), "/control-plane");
      await vi.waitFor(() => expect(faults.join()).toContain("Permissions Violation for Publish"));
      await node.close();
    });
  },
);
