import { expect, it } from "vitest";
import { allFaults } from "../all-faults.ts";
import type { KindDefinition } from "../definition/kind.ts";
import { KindRegistry } from "../kind-registry.ts";
import type { Draft } from "../object.ts";
import { parseManifest } from "./manifest.ts";

const kinds = new KindRegistry();
const check = (object: Draft, kind: KindDefinition) => allFaults(kind, object);

/** What is told, the sentence about a wrong value left out: `line:column field: message`. */
function told(text: string): string[] {
  try {
    parseManifest(text, { file: "f", kinds: kinds.all, check });
  } catch (error) {
    return [...(error as Error).message.matchAll(/^f:(\d+:\d+ .*)$/gm)].map(([, line = ""]) =>
      line.replace(/(Invalid value: ("[^"]*"|\d+)): .*?( \(did you mean .*|$)/, "$1$3"),
    );
  }
  return [];
}

const quotes = (field: string) => `${field}: expected text, got 5: put it in quotes, "5"`;
const pod = (rest: string) => `kind: Pod\nmetadata: { name: a }\nspec:\n  ${rest}\n`;
const containers = "containers: [{ name: x, image: echo }]";
const mixed = '{ n: 5, "a !": x, ok: "b !" }';

it.each<[string, string, string[]]>([
  [
    "labels",
    `kind: ConfigMap\nmetadata:\n  name: a\n  labels: ${mixed}`,
    [
      `4:16 ${quotes("metadata.labels[n]")}`,
      '4:20 metadata.labels: Invalid value: "a !"',
      '4:33 metadata.labels: Invalid value: "b !"',
    ],
  ],
  [
    "annotations",
    `kind: ConfigMap\nmetadata:\n  name: a\n  annotations: ${mixed}`,
    [`4:21 ${quotes("metadata.annotations[n]")}`, '4:25 metadata.annotations: Invalid value: "a !"'],
  ],
  [
    "a node selector",
    pod(`nodeSelector: ${mixed}\n  ${containers}`),
    [
      `4:22 ${quotes("spec.nodeSelector[n]")}`,
      '4:26 spec.nodeSelector: Invalid value: "a !"',
      '4:39 spec.nodeSelector: Invalid value: "b !"',
    ],
  ],
  [
    "a Container's node selector, amounts of resources",
    `kind: Container\nmetadata: { name: a }\nspec:\n  module: echo\n  nodeSelector: ${mixed}\n  resources: { limits: { cpus: 1, memory: [] } }`,
    [
      `5:22 ${quotes("spec.nodeSelector[n]")}`,
      '5:26 spec.nodeSelector: Invalid value: "a !"',
      '5:39 spec.nodeSelector: Invalid value: "b !"',
      '6:26 spec.resources.limits[cpus]: Invalid value: "cpus" (did you mean "cpu"?)',
      "6:35 spec.resources.limits[memory]: expected a quantity, got a list",
    ],
  ],
  [
    "the template of a short form",
    `kind: ReplicaSet\nmetadata: { name: a }\nspec:\n  template:\n    module: echo\n    metadata: { labels: ${mixed} }`,
    [
      `6:30 ${quotes("spec.template.metadata.labels[n]")}`,
      '6:34 spec.template.labels: Invalid value: "a !"',
      '6:47 spec.template.labels: Invalid value: "b !"',
    ],
  ],
  [
    "a selector",
    `kind: NetworkPolicy\nmetadata: { name: a }\nspec:\n  podSelector: { matchLabels: ${mixed} }`,
    [
      `4:36 ${quotes("spec.podSelector.matchLabels[n]")}`,
      '4:40 spec.podSelector.matchLabels: Invalid value: "a !"',
      '4:53 spec.podSelector.matchLabels: Invalid value: "b !"',
    ],
  ],
  [
    "the selector of a Service",
    `kind: Service\nmetadata: { name: a }\nspec:\n  ports: [{ port: 70000 }]\n  selector: { n: 5, "a !": x }`,
    [
      "4:19 spec.ports[0].port: Invalid value: 70000",
      `5:18 ${quotes("spec.selector[n]")}`,
      '5:22 spec.selector: Invalid value: "a !"',
    ],
  ],
  [
    "the data of a ConfigMap, with brackets in a key",
    'kind: ConfigMap\nmetadata: { name: a }\ndata: { n: 5, "a]b": x }\nbinaryData: { "c[d]": "aGk=" }',
    [
      `3:12 ${quotes("data[n]")}`,
      '3:16 data[a]b]: Invalid value: "a]b"',
      '4:16 binaryData[c[d]]: Invalid value: "c[d]"',
    ],
  ],
  [
    "the texts of a Secret",
    'kind: Secret\nmetadata: { name: a }\ntype: kubernetes.io/tls\nstringData: { tls.crt: 5, tls.key: x, "a !": x }\ndata: { "b !": aGk= }',
    [
      `4:24 ${quotes("stringData[tls.crt]")}`,
      '4:40 stringData[a !]: Invalid value: "a !"',
      '5:10 data[b !]: Invalid value: "b !"',
    ],
  ],
  [
    "requests that were taken over from limits, and one that is above its limit",
    pod(
      "containers: [{ name: x, image: echo, resources: { limits: { cpus: 1, cpu: 1 }, requests: { cpu: 2 } } }]",
    ),
    [
      '4:63 spec.containers[0].resources.limits[cpus]: Invalid value: "cpus" (did you mean "cpu"?)',
      '4:99 spec.containers[0].resources.requests: Invalid value: "2"',
    ],
  ],
  [
    "the overhead of a RuntimeClass",
    'kind: RuntimeClass\nmetadata: { name: a }\nhandler: x\noverhead: { podFixed: { "a !": 1, cpu: [] } }',
    [
      '4:26 overhead.limits[a !]: Invalid value: "a !"',
      "4:35 overhead.podFixed[cpu]: expected a quantity, got a list",
    ],
  ],
  [
    "finalizers and owners",
    'kind: ConfigMap\nmetadata:\n  name: a\n  finalizers: [5, "a !/b"]\n  ownerReferences: [{ apiVersion: v1, kind: "", name: x, uid: 5 }]',
    [
      `4:16 ${quotes("metadata.finalizers[0]")}`,
      '4:19 metadata.finalizers: Invalid value: "a !/b"',
      '5:45 metadata.ownerReferences.kind: Invalid value: ""',
      `5:63 ${quotes("metadata.ownerReferences[0].uid")}`,
    ],
  ],
  [
    "what is too much, whatever else is wrong in it",
    `kind: ConfigMap\nmetadata:\n  name: a\n  annotations: { n: 5, b: ${"x".repeat(300_000)} }`,
    [
      "4:3 metadata.annotations: Too long: may not be more than 262144 bytes",
      `4:21 ${quotes("metadata.annotations[n]")}`,
    ],
  ],
])(
  "no entry of a map hides what is wrong with the others, and each is told at its key or value: %s",
  (_, text, expected) => {
    expect(told(text)).toEqual(expected);
  },
);
