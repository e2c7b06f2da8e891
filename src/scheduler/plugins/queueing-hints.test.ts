import { describe, expect, test } from "vitest";
import type { ContainerPort, KubernetesObject, Node, Pod, PodSpec, Taint } from "../../resources/index.ts";
import type { Change } from "../../store/index.ts";
import type { Plugin } from "../framework.ts";
import { aNode, aPod, asking, handleOf } from "../test-plugins.ts";
import { interPodAffinity } from "./inter-pod-affinity.ts";
import { nodeAffinity } from "./node-affinity.ts";
import { nodeName } from "./node-name.ts";
import { nodePorts } from "./node-ports.ts";
import { nodeResourcesFit } from "./node-resources-fit.ts";
import { nodeUnschedulable } from "./node-unschedulable.ts";
import { nodeVolumeLimits } from "./node-volume-limits.ts";
import { podTopologySpread } from "./pod-topology-spread.ts";
import { taintToleration } from "./taint-toleration.ts";
import { volumeBinding } from "./volume-binding.ts";
import { volumeRestrictions } from "./volume-restrictions.ts";
import { volumeZone } from "./volume-zone.ts";

/** What changed: an object that came (undefined before), that changed, or that went (undefined now). */
type Told = readonly [before: KubernetesObject | undefined, now: KubernetesObject | undefined];
type Case = readonly [what: string, told: Told, helps: boolean];

/** @param there what else there is, for what a hint looks up */
function helps(plugin: Plugin, pod: Pod, [before, now]: Told, there: readonly Pod[] = []): boolean {
  const object = now ?? before;
  if (!object) throw new Error("nothing changed");
  const type = !before ? "ADDED" : now ? "MODIFIED" : "DELETED";
  const { kind, metadata } = object;
  const key = { kind, namespace: metadata.namespace ?? "", name: metadata.name };
  const change = { type, key, object, ...(before && { previous: before }) } as unknown as Change;
  const look = handleOf([aNode("there", { zone: "there" })], there);
  return (plugin.hints ?? []).some(hint => hint.kind === kind && hint.helps(pod, change, look));
}

function table(plugin: Plugin, pod: Pod, cases: readonly Case[], there: readonly Pod[] = []): void {
  test.each(cases)("%s", (_, told, expected) => {
    expect(helps(plugin, pod, told, there)).toBe(expected);
  });
}

const placed = (spec: Partial<PodSpec>, labels: Record<string, string> = {}) =>
  aPod({ nodeName: "there", ...spec }, labels);
const labelled = (labels: Record<string, string>) => placed({}, labels);
const ended = (pod: Pod): Pod => ({ ...pod, status: { phase: "Succeeded" } });

describe("NodeName wakes a pod", () => {
  table(nodeName(), aPod({ nodeName: "mine" }), [
    ["when its node comes", [undefined, aNode("mine")], true],
    ["not when another comes", [undefined, aNode("other")], false],
  ]);
});

describe("NodeUnschedulable wakes a pod", () => {
  const [closed, open] = [aNode("a", {}, { unschedulable: true }), aNode("a")];
  table(nodeUnschedulable(), aPod(), [
    ["when a node comes that is open", [undefined, open], true],
    ["not when one comes that is closed", [undefined, closed], false],
    ["when a node is opened", [closed, open], true],
    ["not when one is closed", [open, closed], false],
    ["not when one that was open changes", [open, aNode("a", { x: "y" })], false],
  ]);
});

describe("NodeAffinity wakes a pod", () => {
  const [here, there] = [aNode("a", { zone: "z1" }), aNode("a", { zone: "z2" })];
  table(nodeAffinity(), aPod({ nodeSelector: { zone: "z1" } }), [
    ["when a node comes that it asks for", [undefined, here], true],
    ["not when another comes", [undefined, there], false],
    ["when a node becomes one that it asks for", [there, here], true],
    ["not when one is so no more", [here, there], false],
    ["not when one was so before", [here, aNode("a", { zone: "z1", x: "y" })], false],
  ]);
});

describe("TaintToleration wakes a pod", () => {
  const tainted = (...keys: string[]) => {
    const taints = keys.map((key): Taint => ({ key, effect: "NoSchedule" }));
    return aNode("a", {}, { taints });
  };
  table(taintToleration(), aPod({ tolerations: [{ key: "mine", operator: "Exists" }] }), [
    ["when a node comes whose taints it bears", [undefined, tainted("mine")], true],
    ["not when one comes whose taints it does not bear", [undefined, tainted("other")], false],
    ["when a taint goes that it does not bear", [tainted("mine", "other"), tainted("mine")], true],
    ["not when one of two such goes", [tainted("other", "third"), tainted("other")], false],
    ["not when it bore all before", [tainted("mine"), tainted()], false],
    ["not when such a taint comes", [tainted(), tainted("other")], false],
  ]);
});

describe("NodePorts wakes a pod", () => {
  const on = (hostPort: number, nodeName?: string, protocol: ContainerPort["protocol"] = "TCP") =>
    aPod({
      ...(nodeName && { nodeName }),
      containers: [{ name: "app", ports: [{ containerPort: 80, hostPort, protocol }] }],
    });
  table(nodePorts(), on(8_080), [
    ["when a pod goes that had its port", [on(8_080, "there"), undefined], true],
    ["when such a pod has ended", [on(8_080, "there"), ended(on(8_080, "there"))], true],
    ["not when a pod with another port goes", [on(8_081, "there"), undefined], false],
    ["not when a pod with the port of another protocol goes", [on(8_080, "there", "UDP"), undefined], false],
    ["not when a pod goes that was nowhere", [on(8_080), undefined], false],
    ["not when a pod without ports goes", [placed({}), undefined], false],
    ["when a node comes", [undefined, aNode("a")], true],
  ]);
});

describe("NodeResourcesFit wakes a pod", () => {
  const asks = (cpu: string, more: Record<string, string> = {}) => placed(asking(cpu, more));
  const promised: Pod = { ...aPod(asking("1")), status: { nominatedNodeName: "there" } };
  const has = (allocatable: Record<string, string>) =>
    aNode("a", {}, {}, { allocatable: { cpu: "2", memory: "1Gi", pods: "2", ...allocatable } });
  table(nodeResourcesFit(), aPod(asking("1")), [
    ["when a pod goes", [asks("1"), undefined], true],
    ["when a pod has ended", [asks("1"), ended(asks("1"))], true],
    ["not when a pod goes that was nowhere", [aPod(asking("1")), undefined], false],
    ["when a pod goes that was promised a node", [promised, undefined], true],
    ["when a pod asks for less of what it asks for", [asks("2"), asks("1")], true],
    ["not when one asks for more", [asks("1"), asks("2")], false],
    [
      "not when one asks for less of what it does not ask for",
      [asks("1", { memory: "2" }), asks("1", { memory: "1" })],
      false,
    ],
    [
      "not when nothing of what one asks for changes",
      [asks("1"), { ...asks("1"), metadata: { ...asks("1").metadata, labels: { x: "y" } } }],
      false,
    ],
    ["when a node comes with room", [undefined, has({})], true],
    ["not when one comes with too little", [undefined, has({ cpu: "500m" })], false],
    ["when a node gets more of what it asks for", [has({ cpu: "500m" }), has({})], true],
    ["when a node takes more pods", [has({ pods: "1" }), has({})], true],
    ["not when a node gets more of what it does not ask for", [has({ memory: "512Mi" }), has({})], false],
    ["not when a node gets more, and still too little", [has({ cpu: "100m" }), has({ cpu: "500m" })], false],
    ["not when a node gets less", [has({ cpu: "4" }), has({})], false],
    ["not when labels of a node change", [has({}), aNode("a", { x: "y" }, {}, has({}).status)], false],
  ]);
  test("with an extended resource, when a node gets more of it", () => {
    const pod = aPod(asking("1", { "example.com/gpu": "1" }));
    expect(helps(nodeResourcesFit(), pod, [has({}), has({ "example.com/gpu": "1" })])).toBe(true);
    expect(helps(nodeResourcesFit(), pod, [has({}), has({ "example.com/nic": "1" })])).toBe(false);
  });
});

const near = (labels: Record<string, string>, kind: "podAffinity" | "podAntiAffinity") => ({
  affinity: {
    [kind]: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: "zone", labelSelector: { matchLabels: labels } },
      ],
    },
  },
});

describe("InterPodAffinity wakes a pod that wants such pods near it", () => {
  const [web, other] = [labelled({ app: "web" }), labelled({ app: "other" })];
  const zone = (value?: string) => aNode("a", value === undefined ? {} : { zone: value });
  table(interPodAffinity(), aPod(near({ app: "web" }, "podAffinity")), [
    ["when one comes", [aPod({}, { app: "web" }), web], true],
    ["not when another comes", [undefined, other], false],
    ["when another becomes one", [other, web], true],
    [
      "not when one keeps its labels",
      [web, { ...web, metadata: { ...web.metadata, labels: { app: "web", x: "y" } } }],
      false,
    ],
    ["not when another goes", [other, undefined], false],
    ["when a node comes in a domain", [undefined, zone("z1")], true],
    ["not when one comes in none", [undefined, zone()], false],
    ["when a node comes into a domain", [zone(), zone("z1")], true],
    ["when a node changes its domain", [zone("z1"), zone("z2")], true],
    ["not when a node leaves its domain", [zone("z1"), zone()], false],
    ["not when other labels of it change", [zone("z1"), aNode("a", { zone: "z1", x: "y" })], false],
  ]);
});

describe("InterPodAffinity wakes a pod that wants such pods away", () => {
  const [web, other] = [labelled({ app: "web" }), labelled({ app: "other" })];
  const zone = (value?: string) => aNode("a", value === undefined ? {} : { zone: value });
  table(interPodAffinity(), aPod(near({ app: "web" }, "podAntiAffinity")), [
    ["when one goes", [web, undefined], true],
    ["when one has ended", [web, ended(web)], true],
    ["when one is such no more", [web, other], true],
    ["not when another goes", [other, undefined], false],
    ["not when one comes", [undefined, web], false],
    ["not when another becomes one", [other, web], false],
    ["when a node comes, wherever", [undefined, zone()], true],
    ["when a node leaves its domain", [zone("z1"), zone()], true],
    ["when a node changes its domain", [zone("z1"), zone("z2")], true],
    ["not when a node comes into a domain", [zone(), zone("z1")], false],
    ["not when a node goes", [zone("z1"), undefined], false],
  ]);
});

describe("InterPodAffinity wakes a pod that others want away", () => {
  const holder = placed(near({ app: "mine" }, "podAntiAffinity"));
  const cases: readonly Case[] = [
    ["when one of them goes", [holder, undefined], true],
    [
      "not when one goes that wants others away",
      [placed(near({ app: "x" }, "podAntiAffinity")), undefined],
      false,
    ],
    [
      "not when one goes that wants it near",
      [placed(near({ app: "mine" }, "podAffinity")), undefined],
      false,
    ],
    ["when a node comes", [undefined, aNode("a")], true],
    ["when a node leaves their domain", [aNode("a", { zone: "there" }), aNode("a")], true],
    ["not when other labels of a node change", [aNode("a"), aNode("a", { x: "y" })], false],
  ];
  table(interPodAffinity(), aPod({}, { app: "mine" }), cases, [holder]);
});

describe("PodTopologySpread wakes a pod", () => {
  const [web, other] = [labelled({ app: "web" }), labelled({ app: "other" })];
  const elsewhere = { ...web, metadata: { ...web.metadata, namespace: "elsewhere" } };
  const at = (zone?: string, more: Record<string, string> = {}, spec: Node["spec"] = {}) =>
    aNode("a", { ...(zone !== undefined && { zone }), ...more }, spec);
  const spread = (more: object = {}) =>
    aPod({
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: "zone",
          whenUnsatisfiable: "DoNotSchedule",
          labelSelector: { matchLabels: { app: "web" } },
          ...more,
        },
      ],
    });
  const soft: Taint = { key: "x", effect: "NoSchedule" };
  table(podTopologySpread(), spread(), [
    ["when one comes that counts", [undefined, web], true],
    ["when one goes that counts", [web, undefined], true],
    [
      "when one is about to go",
      [web, { ...web, metadata: { ...web.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } }],
      true,
    ],
    ["when one counts by its labels", [other, web], true],
    ["when one counts no more by its labels", [web, other], true],
    [
      "not when other labels of it change",
      [web, { ...web, metadata: { ...web.metadata, labels: { app: "web", x: "y" } } }],
      false,
    ],
    ["not when one comes that does not count", [undefined, other], false],
    ["not when one comes in another namespace", [undefined, elsewhere], false],
    ["when a node comes in a domain", [undefined, at("z1")], true],
    ["not when one comes in none", [undefined, at()], false],
    ["when a node changes its domain", [at("z1"), at("z2")], true],
    ["when a node comes into a domain", [at(), at("z1")], true],
    ["when a node leaves its domain", [at("z1"), at()], true],
    ["when a node goes: its domain may have been the emptiest", [at("z1"), undefined], true],
    ["not when a node without a domain goes", [at(), undefined], false],
    ["not when other labels of a node change", [at("z1"), at("z1", { x: "y" })], false],
    ["not when a taint comes: taints do not count", [at("z1"), at("z1", {}, { taints: [soft] })], false],
  ]);
  test("that minds taints, when one comes or goes", () => {
    const pod = spread({ nodeTaintsPolicy: "Honor" });
    const told: Told = [at("z1"), at("z1", {}, { taints: [soft] })];
    expect(helps(podTopologySpread(), pod, told)).toBe(true);
  });
});

describe("the plugins of volumes wake a pod", () => {
  const pod = aPod({ volumes: [{ name: "v", persistentVolumeClaim: { claimName: "mine" } }] });
  const claim = (name: string, phase = "Pending", namespace = "demo") => ({
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name, namespace, uid: name, resourceVersion: "1", creationTimestamp: "" },
    spec: { volumeName: "pv" },
    status: { phase },
  });
  const volume = (zone: string) => ({
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: {
      name: "pv",
      uid: "pv",
      resourceVersion: "1",
      creationTimestamp: "",
      labels: { "topology.kubernetes.io/zone": zone },
    },
  });
  const csiNode = (count?: number) => ({
    apiVersion: "storage.k8s.io/v1",
    kind: "CSINode",
    metadata: { name: "there", uid: "there", resourceVersion: "1", creationTimestamp: "" },
    spec: {
      drivers: [{ name: "d", nodeID: "there", ...(count !== undefined && { allocatable: { count } }) }],
    },
  });
  const storageClass = (zone?: string) => ({
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name: "c", uid: "c", resourceVersion: "1", creationTimestamp: "", labels: { x: zone ?? "" } },
    ...(zone !== undefined && {
      allowedTopologies: [{ matchLabelExpressions: [{ key: "zone", values: [zone] }] }],
    }),
  });
  const user = (name: string) =>
    placed({ volumes: [{ name: "v", persistentVolumeClaim: { claimName: name } }] });
  test.each<readonly [string, Plugin, Told, boolean]>([
    ["VolumeBinding, when its claim comes", volumeBinding(), [undefined, claim("mine")], true],
    [
      "VolumeBinding, when its claim is bound",
      volumeBinding(),
      [claim("mine"), claim("mine", "Bound")],
      true,
    ],
    ["VolumeBinding, not when another claim comes", volumeBinding(), [undefined, claim("other")], false],
    [
      "VolumeBinding, not when one of its name comes elsewhere",
      volumeBinding(),
      [undefined, claim("mine", "Pending", "elsewhere")],
      false,
    ],
    ["VolumeBinding, when a class comes", volumeBinding(), [undefined, storageClass()], true],
    [
      "VolumeBinding, when a class is to be had elsewhere",
      volumeBinding(),
      [storageClass("z1"), storageClass("z2")],
      true,
    ],
    [
      "VolumeBinding, not when a class is otherwise as before",
      volumeBinding(),
      [storageClass(), { ...storageClass(), provisioner: "x" } as KubernetesObject],
      false,
    ],
    [
      "VolumeRestrictions, when a pod goes that has its claim",
      volumeRestrictions(),
      [user("mine"), undefined],
      true,
    ],
    [
      "VolumeRestrictions, not when one goes that has another",
      volumeRestrictions(),
      [user("other"), undefined],
      false,
    ],
    ["VolumeRestrictions, when its claim comes", volumeRestrictions(), [undefined, claim("mine")], true],
    ["VolumeRestrictions, not when another comes", volumeRestrictions(), [undefined, claim("other")], false],
    ["VolumeZone, when its claim changes", volumeZone(), [claim("mine"), claim("mine", "Bound")], true],
    ["VolumeZone, not when another does", volumeZone(), [claim("other"), claim("other", "Bound")], false],
    ["VolumeZone, when a volume comes", volumeZone(), [undefined, volume("z1")], true],
    ["VolumeZone, when a volume is in another zone", volumeZone(), [volume("z1"), volume("z2")], true],
    ["VolumeZone, not when it stays in its zone", volumeZone(), [volume("z1"), volume("z1")], false],
    ["NodeVolumeLimits, when a pod with volumes goes", nodeVolumeLimits(), [user("other"), undefined], true],
    ["NodeVolumeLimits, not when one without goes", nodeVolumeLimits(), [placed({}), undefined], false],
    ["NodeVolumeLimits, when a node takes more", nodeVolumeLimits(), [csiNode(1), csiNode(2)], true],
    ["NodeVolumeLimits, when a node takes any number", nodeVolumeLimits(), [csiNode(1), csiNode()], true],
    ["NodeVolumeLimits, not when a node takes fewer", nodeVolumeLimits(), [csiNode(2), csiNode(1)], false],
    ["NodeVolumeLimits, not when a node takes as many", nodeVolumeLimits(), [csiNode(2), csiNode(2)], false],
    ["NodeVolumeLimits, when its claim comes", nodeVolumeLimits(), [undefined, claim("mine")], true],
    ["NodeVolumeLimits, not when another comes", nodeVolumeLimits(), [undefined, claim("other")], false],
  ])("%s", (_, plugin, told, expected) => {
    expect(helps(plugin, pod, told)).toBe(expected);
  });
});
