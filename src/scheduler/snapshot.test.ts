import { describe, expect, test } from "vitest";
import { seededRandom } from "../outside/index.ts";
import type { Node, Pod, PodAffinityTerm } from "../resources/index.ts";
import { at } from "./node-amounts.ts";
import type { NodeInfo } from "./node-info.ts";
import { inChargeOf, type PodSelection, selectedByTerm } from "./pod-selection.ts";
import { Snapshot } from "./snapshot.ts";
import { aNode, aPod, asking } from "./test-plugins.ts";

const named = (count: number): Node[] => Array.from({ length: count }, (_, i) => aNode(`n${i}`));
const on = (pod: Pod, nodeName: string): Pod => ({ ...pod, spec: { ...pod.spec, nodeName } });
const withPort = (hostPort: number): Pod =>
  aPod({ containers: [{ name: "app", ports: [{ containerPort: 80, hostPort }] }] });

/** All that is kept of a node, as a plugin can read it. */
function seen(snapshot: Snapshot, { index, requested, scored, allocatable, pods, hostPorts }: NodeInfo) {
  const { amounts } = snapshot;
  const side = [amounts.allocatable, amounts.requested, amounts.scored].map(column => ({
    cpu: at(column.cpu, index),
    memory: at(column.memory, index),
    pods: at(column.pods, index),
  }));
  const own = [allocatable, requested, scored].map(({ cpu, memory, pods }) => ({ cpu, memory, pods }));
  expect(side).toEqual(own);
  return {
    own,
    gpus: requested.others.get("example.com/gpu") ?? 0,
    pods: [...pods.keys()].sort(),
    hostPorts,
  };
}

describe("a snapshot", () => {
  test("knows which claims are in use, also while pods come and go on trial", () => {
    const snapshot = new Snapshot();
    const user = () =>
      on(aPod({ volumes: [{ name: "data", persistentVolumeClaim: { claimName: "one" } }] }), "n0");
    const [first, second] = [user(), user()];
    snapshot.fill(named(1), [first, second]);
    const isUsed = () => snapshot.isClaimUsed("demo", "one");
    const seen = snapshot.trial(infoOf(snapshot, "n0"), trial =>
      [first, second].map(pod => {
        trial.remove(pod);
        return isUsed();
      }),
    );
    expect([...seen, isUsed()]).toEqual([true, false, true]);
    expect(snapshot.isClaimUsed("other", "one")).toBe(false);
  });

  test("keeps the amounts of more nodes than it began with side by side", () => {
    const snapshot = new Snapshot();
    snapshot.fill(named(200), [on(aPod(asking("500m")), "n199"), on(aPod(), "n7")]);
    const [last, other] = [199, 7].map(i => seen(snapshot, infoOf(snapshot, `n${i}`)));
    expect(last?.own[1]).toEqual({ cpu: 500, memory: 0, pods: 1 });
    expect(other?.own[2]).toEqual({ cpu: 100, memory: 200 * 2 ** 20, pods: 1 });
  });

  test("is after a trial what it was before, whatever came and went", () => {
    const random = seededRandom(7);
    const snapshot = new Snapshot();
    const there = [asking("1"), asking("200m", { "example.com/gpu": "1" }), {}].map(spec =>
      on(aPod(spec), "n0"),
    );
    snapshot.fill(named(2), [...there, on(withPort(8080), "n0")]);
    const info = infoOf(snapshot, "n0");
    const before = seen(snapshot, info);
    const others = [aPod(asking("300m")), withPort(9090)];
    for (let run = 0; run < 50; run++) {
      snapshot.trial(info, trial => {
        const all = [...there, ...others];
        for (let n = 0; n < 10; n++) {
          const pod = all[random.below(all.length)];
          if (pod && info.pods.has(pod.metadata.uid)) trial.remove(pod);
          else if (pod) trial.add(pod);
          seen(snapshot, info);
        }
      });
      expect(seen(snapshot, info)).toEqual(before);
    }
  });

  test("knows the domains of nodes that come, go and are labelled anew", () => {
    const snapshot = new Snapshot();
    const zone = (name: string, value: string) => aNode(name, { zone: value });
    snapshot.fill([zone("n0", "a"), zone("n1", "b"), aNode("n2")], []);
    const domains = () => ["n0", "n1", "n2"].map(name => snapshot.domainOf(infoOf(snapshot, name), "zone"));
    expect(domains()).toEqual(["a", "b", undefined]);
    expect(snapshot.domainsOf("zone").size).toBe(2);
    snapshot.fill([zone("n1", "a"), zone("n2", "a"), zone("n300", "c")], []);
    expect(domains()).toEqual(["a", "a", "a"]);
    expect(snapshot.domainOf(infoOf(snapshot, "n300"), "zone")).toBe("c");
    expect(snapshot.domainsOf("constructor").size).toBe(0);
  });

  test("keeps nothing of nodes that are gone, and of names that no node has", () => {
    const snapshot = new Snapshot();
    const change = (type: "ADDED" | "DELETED", kind: "Node" | "Pod", object: Node | Pod) => {
      const { namespace = "", name } = object.metadata;
      snapshot.apply({ type, key: { kind, namespace, name }, object } as never);
    };
    snapshot.fill([aNode("first", { zone: "a" })], []);
    const generations = new Set<number>();
    for (let i = 0; i < 100; i++) {
      const pod = on(aPod(asking("500m")), `n${i}`);
      const node = aNode(`n${i}`, { zone: "b" });
      change("ADDED", "Pod", pod);
      change("ADDED", "Node", node);
      const info = infoOf(snapshot, `n${i}`);
      expect(info.index).toBe(1);
      generations.add(info.generation);
      expect(seen(snapshot, info).own[1]).toEqual({ cpu: 500, memory: 0, pods: 1 });
      expect(snapshot.domainOf(info, "zone")).toBe("b");
      // Which of the two goes first makes no difference.
      if (i % 2) change("DELETED", "Node", node);
      change("DELETED", "Pod", pod);
      if (!(i % 2)) change("DELETED", "Node", node);
    }
    // What is known of a node by its generation holds for none that comes later.
    expect(generations.size).toBe(100);
    expect(snapshot.nodeInfos.map(info => snapshot.domainOf(info, "zone"))).toEqual(["a"]);
  });

  test("counts anew after a change of a namespace only what is selected by its labels", () => {
    const labels = new Map([["demo", { team: "red" }]]);
    const snapshot = new Snapshot(namespace => labels.get(namespace));
    const app = { app: "web" };
    const byName = term({ labelSelector: { matchLabels: app } });
    const byLabel = term({
      ...{ labelSelector: { matchLabels: app }, namespaceSelector: { matchLabels: { team: "blue" } } },
    });
    function term(given: Omit<PodAffinityTerm, "topologyKey">): PodSelection {
      const spec = { topologyKey: "zone", ...given };
      return selectedByTerm(spec, aPod(), namespace => labels.get(namespace));
    }
    const away = {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          {
            topologyKey: "zone",
            labelSelector: { matchLabels: app },
            namespaceSelector: { matchLabels: { team: "blue" } },
          },
        ],
      },
    };
    snapshot.fill(named(1), [on(aPod({}, app), "n0"), on(aPod({ affinity: away }), "n0")]);
    const before = [byName, byLabel].map(selection => snapshot.tallyOf(selection));
    expect(before.map(({ isEmpty }) => isEmpty)).toEqual([false, true]);
    expect(snapshot.held.about(aPod({}, app)).length).toBe(0);
    labels.set("demo", { team: "blue" });
    const namespace = { kind: "Namespace", metadata: { name: "demo", labels: { team: "blue" } } };
    snapshot.apply({
      type: "MODIFIED",
      key: { kind: "Namespace", namespace: "", name: "demo" },
      object: namespace,
      previous: { metadata: {} },
    } as never);
    const after = [byName, byLabel].map(selection => snapshot.tallyOf(selection));
    expect(after.map(({ isEmpty }) => isEmpty)).toEqual([false, false]);
    expect(after[0]).toBe(before[0]);
    expect(snapshot.held.about(aPod({}, app)).length).toBe(1);
  });

  test("counts on what is asked for again and again, however much else is asked for once", () => {
    const snapshot = new Snapshot();
    const often = snapshot.tallyOf(inChargeOf("often"));
    for (let i = 0; i < 30_000; i++) {
      snapshot.tallyOf(inChargeOf(`${i}`));
      if (i % 1_000 === 0) expect(snapshot.tallyOf(inChargeOf("often"))).toBe(often);
    }
  });

  test("counts devices of each pod, also of pods that are alike but for those", () => {
    const snapshot = new Snapshot();
    const gpus = ["2", "0", "1", "2"].map(gpu => on(aPod(asking("1", { "example.com/gpu": gpu })), "n0"));
    snapshot.fill(named(1), [on(aPod(asking("1")), "n0"), ...gpus]);
    expect(infoOf(snapshot, "n0").requested.others.get("example.com/gpu")).toBe(5);
  });

  test("is what it was before when that which is tried fails", () => {
    const snapshot = new Snapshot();
    const pod = on(aPod(asking("1")), "n0");
    snapshot.fill(named(1), [pod]);
    const info = infoOf(snapshot, "n0");
    const fail = () =>
      snapshot.trial(info, trial => {
        trial.remove(pod);
        throw new Error("no");
      });
    expect(fail).toThrow("no");
    expect(seen(snapshot, info).pods).toEqual([pod.metadata.uid]);
  });
});

function infoOf(snapshot: Snapshot, name: string): NodeInfo {
  const info = snapshot.nodeInfo(name);
  if (!info) throw new Error(`there is no ${name}`);
  return info;
}
