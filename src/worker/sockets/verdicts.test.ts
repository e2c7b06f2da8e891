import { Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { expect, it } from "vitest";
import type { PolicyGeneration } from "../../messages/index.ts";
import { Verdicts } from "./verdicts.ts";

/** A cluster whose policies a test says, and whose line to the thread it can cut. */
class Cluster {
  isPoliced = false;
  isThere = true;
  readonly denied = new Set<string>();
  readonly asked: string[] = [];
  readonly turnedDown: string[] = [];
  lines = 0;
  #wake = (_: "changed" | "lost") => {};

  async *generations(): AsyncGenerator<PolicyGeneration> {
    if (!this.isThere) throw new Error("nobody is there");
    this.lines++;
    for (let generation = 0; ; generation++) {
      yield { generation, isPoliced: this.isPoliced };
      const what = await new Promise(resolve => {
        this.#wake = resolve;
      });
      if (what === "lost") return;
    }
  }

  async verdict(address: string) {
    if (!this.isThere) throw new Error("nobody is there");
    this.asked.push(address);
    return { allowed: !this.denied.has(address), text: "" };
  }

  denies(...addresses: string[]): Promise<void> {
    this.isPoliced = addresses.length > 0;
    this.denied.clear();
    for (const each of addresses) this.denied.add(each);
    return this.tell("changed");
  }

  async tell(what: "changed" | "lost"): Promise<void> {
    this.#wake(what);
    await turn();
  }
}

function world(): { cluster: Cluster; verdicts: Verdicts } {
  const cluster = new Cluster();
  const source = {
    generations: () => cluster.generations(),
    verdict: (address: string) => cluster.verdict(address),
    denied: (address: string) => cluster.turnedDown.push(address),
  };
  return { cluster, verdicts: new Verdicts(source) };
}

it("asks nothing without policies, and each verdict once with them", async () => {
  const { cluster, verdicts } = world();
  expect(await verdicts.isAllowed("a", 80)).toBe(true);
  expect(verdicts.isAllowed("a", 80)).toBe(true);
  expect(cluster.asked).toEqual([]);
  await cluster.denies("a");
  expect(await verdicts.isAllowed("a", 80)).toBe(false);
  expect(verdicts.isAllowed("a", 80)).toBe(false);
  expect(await verdicts.isAllowed("b", 80)).toBe(true);
  expect(cluster.asked).toEqual(["a", "b"]);
});

it("ends open connections that a later policy denies", async () => {
  const { cluster, verdicts } = world();
  await verdicts.isAllowed("a", 80);
  const [a, b] = [new Socket(), new Socket()];
  a.on("error", () => {});
  verdicts.follow(a, "a", 80);
  verdicts.follow(b, "b", 80);
  await cluster.denies("a");
  await turn();
  expect([a.destroyed, b.destroyed]).toEqual([true, false]);
  expect(cluster.turnedDown).toEqual(["a"]);
  b.destroy();
});

it("goes on denying when the line to the cluster is lost, and hears again of what holds now", async () => {
  const { cluster, verdicts } = world();
  cluster.isPoliced = true;
  cluster.denied.add("a");
  expect(await verdicts.isAllowed("a", 80)).toBe(false);
  await cluster.tell("lost");
  expect(verdicts.isPoliced).toBe(true);
  expect(await verdicts.isAllowed("a", 80)).toBe(false);
  expect(cluster.lines).toBe(2);
  await cluster.tell("lost");
  await cluster.denies();
  expect(await verdicts.isAllowed("a", 80)).toBe(true);
  expect(verdicts.isPoliced).toBe(false);
});

it("denies nothing where the cluster is gone", async () => {
  const { cluster, verdicts } = world();
  cluster.isThere = false;
  expect(await verdicts.isAllowed("a", 80)).toBe(true);
});
