/** Messages between threads of two processes: two networks over one store, with a carrier between them that has its bad days. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Message, Peer } from "../../messages/index.ts";
import { realClock, seededRandom } from "../../outside/index.ts";
import { MemoryStore } from "../../store/index.ts";
import type { Identity } from "../attachment.ts";
import { name, Town } from "../town.suite.ts";
import { type TestCarrier, TestCarriers } from "./test-carrier.ts";

let carriers: TestCarriers;
let store: MemoryStore;
let here: Town;
let there: Town;
let ours: TestCarrier;
let cut: TestCarrier;
beforeEach(async () => {
  carriers = new TestCarriers(realClock, seededRandom(7));
  store = new MemoryStore({
    clock: realClock,
    onFault: fault => {
      throw fault;
    },
  });
  ours = carriers.carrier();
  here = await town("/control-plane", ours);
  cut = carriers.carrier();
  there = await town("node-1", cut);
});
afterEach(() => Promise.all([here.stop(), there.stop()]));

async function town(process: string, carrier: TestCarrier): Promise<Town> {
  const made = new Town(undefined, undefined, { name: process, carrier, store });
  await made.network.meetOthers();
  return made;
}

const reasonOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "none",
    error => error.reason ?? error,
  );
const times = (count: number) => Array.from({ length: count });

async function resident(pod: string, work?: (message: Message) => void) {
  await there.pod(pod, "node-1");
  return there.resident(pod, work);
}

/** As soon as the other process knows. */
async function answered(to: string, body?: unknown): Promise<unknown> {
  return vi.waitFor(() => here.api.request(to, body), 10_000);
}

describe("a message to a thread of another process", () => {
  it("is answered, as one to a thread here; the receiver knows who has sent it", async () => {
    await resident("echo", message => message.reply({ body: message.body, from: message.from }));
    expect(await answered("echo", { n: 1 })).toEqual({ body: { n: 1 }, from: { cluster: true } });
    await here.pod("asker", "node-0");
    const { peer } = await here.resident("asker");
    const from = { cluster: false, namespace: "default", pod: "asker", container: "main" };
    expect(await peer.api.request("echo", [1, "ж", null])).toEqual({ body: [1, "ж", null], from });
    const bytes = new Uint8Array([1, 2, 3]);
    expect(await peer.api.request("echo", bytes)).toEqual({ body: bytes, from });
    await expect(peer.api.request("echo", () => 1)).rejects.toMatchObject({ reason: "NotCloneable" });
  });

  it("goes to the ready pods of a Service, wherever they are", async () => {
    await here.service("calc");
    await here.pod("calc-0", "node-0");
    await here.resident("calc-0", name("calc-0"));
    await resident("calc-1", name("calc-1"));
    await here.ready("calc", "calc-0", "calc-1");
    await vi.waitFor(async () => {
      const answers = await Promise.all(times(100).map(() => here.api.request("calc")));
      expect(new Set(answers)).toEqual(new Set(["calc-0", "calc-1"]));
    }, 10_000);
    const { peer } = await resident("asker");
    const answers = await Promise.all(times(100).map(() => peer.api.request("calc")));
    expect(new Set(answers)).toEqual(new Set(["calc-0", "calc-1"]));
  });

  it("is counted where the control plane counts, whoever has sent it", async () => {
    await here.service("calc");
    await resident("calc-0", name("calc-0"));
    await here.ready("calc", "calc-0");
    const { peer, attachment } = await resident("asker");
    await Promise.all(times(20).map(() => peer.api.request("calc")));
    const counted = () => here.network.trafficCounts.all().map(({ service, total }) => [service, total]);
    await vi.waitFor(() => expect(counted()).toEqual([["default/calc", 20]]), 10_000);
    peer.close();
    attachment.detach({ exitCode: 0, reason: "Completed" });
    expect(counted()).toEqual([["default/calc", 20]]);
  });

  it("keeps its order, and waits where the receiver is slow", async () => {
    const got: number[] = [];
    await resident("slow", ({ body }) => got.push(body as number));
    await vi.waitFor(() => here.api.send("slow", 0), 10_000);
    await Promise.all(times(5_000).map((_, i) => here.api.send("slow", i + 1)));
    expect(got).toEqual(times(5_001).map((_, i) => i));
  });

  it("may be of any size, and lets others pass meanwhile", async () => {
    await resident("large", ({ body, reply }) => reply((body as Uint8Array).length));
    await resident("small", message => message.reply("fine"));
    await answered("small");
    const large = answered("large", new Uint8Array(30_000_000));
    const order = await Promise.all([
      large.then(() => "large"),
      here.api.request("small").then(() => "small"),
    ]);
    expect(order).toEqual(["large", "small"]);
    expect(await large).toBe(30_000_000);
    expect(carriers.largestSeen).toBeLessThanOrEqual(256 * 1024);
  });

  it("both ways at once, with both asking for the other at the same time", async () => {
    await here.pod("a", "node-0");
    const a = await here.resident("a", name("a"));
    const b = await resident("b", name("b"));
    await answered("b");
    expect(await Promise.all([a.peer.api.request("b"), b.peer.api.request("a")])).toEqual(["b", "a"]);
    expect(await Promise.all([a.peer.api.request("b"), b.peer.api.request("a")])).toEqual(["b", "a"]);
  });

  it("fails with the exit of its receiver, after the answers that it had given", async () => {
    const dying = await resident("dying", message => {
      if (message.body === "answered") message.reply("answered");
    });
    await answered("dying", "answered");
    const first = here.api.request("dying", "answered");
    const last = here.api.request("dying", "never").catch(error => error);
    await first;
    dying.peer.close();
    dying.attachment.detach({ exitCode: 137, reason: "OOMKilled" });
    expect(await last).toMatchObject({
      reason: "ContainerExited",
      handled: "maybe",
      message: "dying exited with code 137: OOMKilled",
    });
  });

  it("fails with where its receiver runs, while that process is not heard", async () => {
    await here.pod("away", "node-2");
    await here.write({
      kind: "Pod",
      metadata: { name: "away" },
      spec: { containers: [{ name: "main" }], nodeName: "node-2" },
      status: { phase: "Running" },
    });
    await expect(here.api.request("pod/away")).rejects.toMatchObject({
      reason: "NoEndpoint",
      handled: "no",
      message: expect.stringMatching(
        /^pod\/away is not reached: .* node-2, .* which is not heard over NATS: /,
      ),
    });
  });

  it("is denied where a policy says so", async () => {
    await resident("closed", name("closed"));
    await answered("closed");
    await here.pod("asker", "node-0");
    const { peer } = await here.resident("asker");
    await here.write({
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "none" },
      spec: { podSelector: {}, policyTypes: ["Ingress"] },
    });
    expect(await reasonOf(peer.api.request("closed"))).toBe("Forbidden");
  });
});

describe("a node that lies", () => {
  /** Asks `bank` as a thread that says this of itself, and the process of node-1 passes it on. */
  async function askedAs(said: Partial<Identity> | "the cluster"): Promise<unknown> {
    await here.pod("bank", "node-0");
    const served = await here.resident("bank", message => message.reply(message.from));
    await here.pod("payments", "node-0");
    await vi.waitFor(async () =>
      expect(await reasonOf(there.api.request("pod/bank", 0))).not.toBe("NoEndpoint"),
    );
    if (said === "the cluster") return there.api.request("pod/bank", 0).catch(error => error.reason);
    const own = await there.pod("own", "node-1");
    const { port1, port2 } = new MessageChannel();
    there.network.attach({ ...own, ...said }, port1);
    const peer = new Peer({ control: port2, clock: realClock, random: seededRandom(3) });
    try {
      return await peer.api.request("pod/bank", 0, { timeoutMs: 20_000 }).catch(error => error.reason);
    } finally {
      peer.close();
      served.peer.close();
    }
  }

  it("is believed of its own pods", async () => {
    const from = { cluster: false, namespace: "default", pod: "own", container: "main" };
    expect(await askedAs({})).toEqual(from);
  });

  it.each<[string, () => Partial<Identity> | "the cluster"]>([
    ["the pod of another node", () => ({ uid: here.uidOf("payments"), pod: "payments" })],
    ["its own pod, by the name of another", () => ({ pod: "payments" })],
    ["its own pod, under another account", () => ({ account: "admin" })],
    ["the cluster itself", () => "the cluster"],
  ])("does not speak for %s", async (_, said) => {
    // What a uid is, is known when the pods are there.
    await here.pod("payments", "node-0");
    expect(await askedAs(said())).toEqual(expect.stringMatching(/^(Forbidden|NoEndpoint)$/));
  });
});

describe("a rolling update", () => {
  it("loses no request, though the process that asks hears of it late", async () => {
    await here.service("calc");
    carriers.delayMs = 3;
    const old = await resident("calc-0", name("calc-0"));
    await resident("calc-1", name("calc-1"));
    await here.ready("calc", "calc-0", "calc-1");
    await answered("calc");
    const answers = new Set<unknown>();
    let count = 0;
    let isOver = false;
    const load = times(16).map(async () => {
      while (!isOver) {
        answers.add(await here.api.request("calc"));
        count++;
      }
    });
    await vi.waitFor(() => expect(count).toBeGreaterThan(200), 10_000);
    old.peer.drain();
    await old.finished;
    await old.peer.answered();
    old.peer.close();
    old.attachment.detach({ exitCode: 0, reason: "Completed" });
    const before = count;
    await vi.waitFor(() => expect(count).toBeGreaterThan(before + 200), 10_000);
    isOver = true;
    await Promise.all(load);
    expect(answers).toEqual(new Set(["calc-0", "calc-1"]));
  });
});

describe("a carrier", () => {
  it("that loses a tenth of all packets loses no message, and brings none twice", async () => {
    const seen: number[] = [];
    await resident("echo", message => {
      seen.push(message.body as number);
      message.reply(message.body);
    });
    await answered("echo", -1);
    carriers.loss = 0.1;
    const numbers = times(300).map((_, i) => i);
    const asked = [];
    for (const i of numbers) {
      asked.push(here.api.request("echo", i));
      if (i % 10 === 0) await new Promise(resolve => setImmediate(resolve));
    }
    expect(await Promise.all(asked)).toEqual(numbers);
    expect(seen).toEqual([-1, ...numbers]);
  }, 20_000);

  it("that is away for a moment, with requests under way, loses none", async () => {
    const asked: Message[] = [];
    await resident("late", message => void asked.push(message));
    await vi.waitFor(() => here.api.send("late", "first"), 10_000);
    const under = here.api.request("late", "under way");
    await vi.waitFor(() => expect(asked).toHaveLength(2), 10_000);
    carriers.isUp = false;
    const lost = here.api.request("late", "lost at first");
    asked[1]?.reply("answered while it was away");
    // The request and the answer.
    await vi.waitFor(() => expect(carriers.lost).toBeGreaterThanOrEqual(2), 10_000);
    carriers.comeBack();
    expect(await under).toBe("answered while it was away");
    await vi.waitFor(() => expect(asked).toHaveLength(3), 10_000);
    asked[2]?.reply("here");
    expect(await lost).toBe("here");
  });
});

it("a carrier that comes back and takes less at once than before has what was under way pass in pieces", async () => {
  await resident("echo", message => message.reply(message.body));
  await answered("echo");
  carriers.isUp = false;
  const large = new Uint8Array(1_000_000).fill(7);
  const asked = here.api.request<Uint8Array>("echo", large);
  await vi.waitFor(() => expect(carriers.lost).toBeGreaterThanOrEqual(1), 10_000);
  for (const each of [ours, cut]) each.largest = 16 * 1024;
  carriers.comeBack();
  expect(Buffer.compare(await asked, large)).toBe(0);
  expect(await here.api.request("echo", "and goes on")).toBe("and goes on");
});

describe("a process", () => {
  it("that stops says so: its threads cannot be reached", async () => {
    const heard: Message[] = [];
    await resident("deaf", message => void heard.push(message));
    await vi.waitFor(() => here.api.send("deaf", 1), 10_000);
    const waiting = here.api.request("deaf", 2).catch(error => error);
    await vi.waitFor(() => expect(heard).toHaveLength(2), 10_000);
    await there.stop();
    expect(await waiting).toMatchObject({ reason: "Unreachable", handled: "maybe" });
    expect(await reasonOf(here.api.request("deaf", 3))).toBe("NoEndpoint");
  });

  it("that is gone without a word is noticed, and found again when it is started anew", async () => {
    const heard: Message[] = [];
    await resident("deaf", message => void heard.push(message));
    await vi.waitFor(() => here.api.send("deaf", 1), 10_000);
    const waiting = here.api.request("deaf", 2).catch(error => error);
    await vi.waitFor(() => expect(heard).toHaveLength(2), 10_000);
    cut.cut();
    expect(await waiting).toMatchObject({ reason: "Unreachable", handled: "maybe" });
    const anew = await town("node-1", carriers.carrier());
    await anew.resident("deaf", name("anew"));
    expect(await vi.waitFor(() => here.api.request("deaf"), 10_000)).toBe("anew");
    await anew.stop();
  }, 20_000);
});
