/** Pods of one cluster in two processes, as on two machines, which send each other messages by a real NATS. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { startCluster, type TestCluster } from "k4s/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { built } from "./built.ts";
import { authorityIn, bootstrapToken } from "./joining.ts";
import { natsServer, type RealServer, startNats } from "./real-servers.ts";

const manifest = `
apiVersion: v1
kind: Service
metadata: { name: calc }
spec: { selector: { app: calc }, ports: [{ port: 80 }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: calc }
spec:
  replicas: 4
  selector: { matchLabels: { app: calc } }
  template:
    metadata: { labels: { app: calc } }
    spec:
      topologySpreadConstraints:
        - { maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: DoNotSchedule, labelSelector: { matchLabels: { app: calc } } }
      containers:
        - name: main
          image: calc
          env:
            - { name: VERSION, value: "1" }
            - { name: NODE, valueFrom: { fieldRef: { fieldPath: spec.nodeName } } }
`;

describe.skipIf(!natsServer)(
  natsServer ? "two processes" : "two processes (no nats-server here: set NATS_SERVER, or install Debian's)",
  () => {
    let folder: string;
    let nats: RealServer;
    let k4s: TestCluster;
    let node: ChildProcess;

    beforeAll(async () => {
      folder = realpathSync(mkdtempSync(join(tmpdir(), "machines-test-")));
      const images = join(folder, "images");
      mkdirSync(images);
      writeFileSync(
        join(images, "calc.mjs"),
        `export default async ({ inbox, api }) => {
           for await (const { body, reply, fail } of inbox)
             if (body?.ask) api.request(body.ask, {}).then(reply, fail);
             else reply({ ...body, node: process.env.NODE, version: process.env.VERSION });
         };`,
      );
      nats = await startNats();
      const url = `nats://127.0.0.1:${nats.port}`;
      k4s = await startCluster({ images, nats: { servers: [url] } });
      node = await joins(images, url);
      await k4s.cluster.apply(manifest);
      await k4s.cluster.rollout.wait("Deployment/calc");
    }, 60_000);
    afterAll(async () => {
      if (node.exitCode === null && node.kill("SIGKILL")) await once(node, "exit");
      await k4s.stop();
      await nats.stop();
      rmSync(folder, { recursive: true });
    });

    async function joins(images: string, url: string): Promise<ChildProcess> {
      writeFileSync(join(folder, "ca.pem"), authorityIn(k4s));
      const token = await bootstrapToken(k4s, "aaaaaa");
      const trust = ["--token", token, "--ca-file", join(folder, "ca.pem")];
      const given = ["--name", "far.example", "--images", images, "--nats", url, ...trust];
      const child = spawn(process.execPath, [join(built, "cli.js"), "node", "--join", k4s.url, ...given], {
        env: { PATH: process.env.PATH, HOME: folder, NODE_NO_WARNINGS: "1" },
        stdio: ["ignore", "pipe", "inherit"],
      });
      for await (const line of createInterface({ input: child.stdout })) if (line.startsWith("ready")) break;
      child.stdout.resume();
      return child;
    }

    interface Answer {
      readonly n: number;
      readonly node: string;
      readonly version: string;
    }

    it("answer each other, from wherever it is asked", async () => {
      const nodes = new Set<string>();
      const hops = new Set<string>();
      await vi.waitFor(async () => {
        nodes.add((await k4s.cluster.api.request<Answer>("calc", {})).node);
        const pods = await k4s.cluster.list("Pod");
        for (const { metadata, spec } of pods) {
          const { node } = await k4s.cluster.api.request<Answer>(`pod/${metadata.name}`, { ask: "calc" });
          hops.add(`${spec.nodeName} → ${node}`);
        }
        expect([...nodes].toSorted()).toEqual(["far.example", "node-0"]);
        expect(hops.size).toBe(4);
      }, 10_000);
    });

    it("prefer their own node where the Service says so, and go elsewhere where it has none", async () => {
      const pods = await k4s.cluster.list("Pod");
      const there = pods.find(({ spec }) => spec.nodeName === "far.example")?.metadata.name ?? "";
      await k4s.cluster.patch("Pod", there, { metadata: { labels: { side: "far" } } });
      const service = (name: string, selector: object) => ({
        apiVersion: "v1",
        kind: "Service",
        metadata: { name },
        spec: { selector, ports: [{ port: 80 }], trafficDistribution: "PreferSameNode" },
      });
      await k4s.cluster.apply([service("near", { app: "calc" }), service("there", { side: "far" })] as never);
      const nodesOf = async (pod: string, to: string) => {
        const ask = () => k4s.cluster.api.request<Answer>(`pod/${pod}`, { ask: to });
        const answers = await Promise.all(Array.from({ length: 10 }, ask));
        return new Set(answers.map(({ node }) => node));
      };
      // Each process hears of a Service in its turn.
      for (const { metadata, spec } of pods)
        await vi.waitFor(async () => {
          expect(await nodesOf(metadata.name, "near")).toEqual(new Set([spec.nodeName]));
          expect(await nodesOf(metadata.name, "there")).toEqual(new Set(["far.example"]));
        }, 10_000);
    });

    it("lose no request in a rolling update under load", async () => {
      const versions = new Set<string>();
      let count = 0;
      let isOver = false;
      const load = Array.from({ length: 32 }, async () => {
        while (!isOver) {
          const n = count++;
          const answer = await k4s.cluster.api.request<Answer>("calc", { n });
          expect(answer.n).toBe(n);
          versions.add(`${answer.version} on ${answer.node}`);
        }
      });
      const isThere = (version: string) => versions.has(`${version} on far.example`);
      await vi.waitFor(() => expect(isThere("1")).toBe(true), 5_000);
      await k4s.cluster.apply(manifest.replace('value: "1"', 'value: "2"'));
      await k4s.cluster.rollout.wait("Deployment/calc");
      await vi.waitFor(() => expect(isThere("2")).toBe(true), 5_000);
      isOver = true;
      await Promise.all(load);
    });

    it("whose other is killed hear of it: what it had may have been handled, the rest goes to others", async () => {
      const pod = (await k4s.cluster.list("Pod")).find(
        ({ spec, metadata }) => spec.nodeName === "far.example" && !metadata.deletionTimestamp,
      );
      const name = `pod/${pod?.metadata.name}`;
      await k4s.cluster.api.request(name, {});
      node.kill("SIGSTOP");
      const waiting = k4s.cluster.api.request(name, {}, { timeoutMs: 60_000 }).catch(error => error);
      await new Promise(resolve => setTimeout(resolve, 50));
      node.kill("SIGKILL");
      expect(await waiting).toMatchObject({ reason: "Unreachable", handled: "maybe" });
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => k4s.cluster.api.request<Answer>("calc", {})),
      );
      expect(new Set(answers.map(answer => answer.node))).toEqual(new Set(["node-0"]));
    });
  },
);
