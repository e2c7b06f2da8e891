import { describe, expect, test } from "vitest";
import { describeRecorded, recorded } from "../../test-recordings.ts";
import { accepted } from "../accept.ts";
import type { KindDefinition } from "../definition/index.ts";
import { fromStoredVersion } from "../definition/kind-version.ts";
import { KindRegistry } from "../kind-registry.ts";
import type { KubernetesObject } from "../object.ts";
import { builtInKinds } from "./built-in-kinds.ts";

const file = "discovery.json";
const kinds = new KindRegistry();

interface Discovered {
  readonly resource: string;
  readonly singularResource: string;
  readonly responseKind: { readonly group?: string; readonly version?: string; readonly kind: string };
  readonly scope: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly subresources?: readonly {
    readonly subresource: string;
    readonly responseKind: Discovered["responseKind"];
    readonly verbs: readonly string[];
  }[];
}

interface Group {
  readonly metadata: { readonly name?: string };
  readonly versions: readonly { readonly version: string; readonly resources: readonly Discovered[] }[];
}

function discovered(): [path: string, group: string, version: string, resource: Discovered][] {
  const { api, apis } = recorded<Record<"api" | "apis", { items: Group[] }>>(file);
  return [...api.items, ...apis.items].flatMap(({ metadata: { name = "" }, versions }) =>
    versions.flatMap(({ version, resources }) =>
      resources.map(each => [`${name}/${version}/${each.resource}`, name, version, each] as const),
    ),
  ) as [string, string, string, Discovered][];
}

describeRecorded("kinds as Kubernetes serves them", file, () => {
  const all = discovered();

  test.each(all)("%s", (_path, group, version, theirs) => {
    const found = kinds.at({ group, version, plural: theirs.resource });
    const { kind } = found ?? {};
    expect({
      kind: kind?.kind,
      singular: kind?.singular,
      scope: kind?.scope,
      verbs: kind?.verbs.toSorted(),
      shortNames: kind?.shortNames,
      categories: kind?.categories,
    }).toEqual({
      kind: theirs.responseKind.kind,
      singular: theirs.singularResource,
      scope: theirs.scope,
      verbs: theirs.verbs.toSorted(),
      shortNames: theirs.shortNames ?? [],
      categories: theirs.categories ?? [],
    });
    const own = { group: "", version: "", kind: theirs.responseKind.kind };
    const parts = (theirs.subresources ?? []).map(({ subresource, verbs, responseKind }) => ({
      name: subresource,
      verbs: verbs.toSorted(),
      as: responseKind.kind === own.kind ? own.kind : responseKind.kind,
    }));
    const ours = (kind?.subresources ?? []).map(({ name, verbs, as }) => ({
      name,
      verbs: verbs.toSorted(),
      as: as?.kind ?? theirs.responseKind.kind,
    }));
    const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
    expect(ours.sort(byName)).toEqual(parts.sort(byName));
  });

  test("there are no others, our own apart", () => {
    const served = builtInKinds.flatMap(({ plural, versions }) =>
      versions.map(({ group, version }) => `${group}/${version}/${plural}`),
    );
    // Those of metrics-server are served beside a real Kubernetes.
    const own = ["k4s.dev/v1/containers", "metrics.k8s.io/v1beta1/nodes", "metrics.k8s.io/v1beta1/pods"];
    // These are installed into a real Kubernetes, as definitions.
    const installed = builtInKinds.flatMap(({ definedBy, plural, versions }) =>
      versions.flatMap(({ group, version }) =>
        definedBy === `${plural}.${group}` ? [`${group}/${version}/${plural}`] : [],
      ),
    );
    expect(installed).toContain("snapshot.storage.k8s.io/v1/volumesnapshots");
    expect(installed).toContain("gateway.networking.k8s.io/v1/httproutes");
    expect(served.sort()).toEqual([...all.map(([path]) => path), ...own, ...installed].sort());
  });
});

test("a built-in kind has its own name and no other, and only one kind has it", () => {
  const isRight = ({ name, kind, isCustom, definedBy, versions: [{ group }] }: KindDefinition) =>
    definedBy === undefined ? name === kind && !isCustom : name === `${kind}.${group}` && isCustom;
  expect(builtInKinds.filter(each => !isRight(each))).toEqual([]);
  expect(new Set(builtInKinds.map(({ name }) => name)).size).toBe(builtInKinds.length);
});

describe("an Event is one object under two groups", () => {
  const newer = {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: { name: "e", namespace: "default" },
    regarding: { kind: "Pod", name: "p", namespace: "default" },
    note: "began",
    reason: "Started",
    type: "Normal",
    eventTime: "2026-01-02T03:04:05.000000Z",
    reportingController: "example.com/c",
    reportingInstance: "c-1",
    action: "Start",
    deprecatedCount: 2,
  };
  const kind = kinds.find("Event");

  test("it is kept under the core group's names, and read under either", () => {
    const kept = accepted(kind, newer);
    expect(kept).toMatchObject({
      apiVersion: "v1",
      involvedObject: { name: "p" },
      message: "began",
      reportingComponent: "example.com/c",
      count: 2,
    });
    const { version } = kinds.inVersion(newer);
    expect(fromStoredVersion(kind, version, kept as KubernetesObject)).toMatchObject(newer);
  });
});

describe("an autoscaler is one object in two versions", () => {
  const kind = kinds.find("hpa");
  const older = {
    apiVersion: "autoscaling/v1",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "h", namespace: "default" },
    spec: {
      maxReplicas: 5,
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      targetCPUUtilizationPercentage: 50,
    },
  };
  const target = { type: "Utilization", averageUtilization: 50 };

  test("the share of processor is a metric of the newer", () => {
    const kept = accepted(kind, older);
    expect(kept).toMatchObject({
      apiVersion: "autoscaling/v2",
      spec: { minReplicas: 1, metrics: [{ type: "Resource", resource: { name: "cpu", target } }] },
    });
    const { version } = kinds.inVersion(older);
    expect(fromStoredVersion(kind, version, kept as KubernetesObject)).toMatchObject(older);
  });

  test("what the older has no field for survives it in annotations", () => {
    const memory = { type: "Resource", resource: { name: "memory", target } };
    const newer = {
      ...older,
      apiVersion: "autoscaling/v2",
      spec: {
        maxReplicas: 5,
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
        metrics: [memory],
        behavior: { scaleDown: { stabilizationWindowSeconds: 60 } },
      },
    };
    const kept = accepted(kind, newer) as KubernetesObject;
    const { version } = kinds.inVersion(older);
    const seen = fromStoredVersion(kind, version, kept);
    expect(seen.spec).not.toHaveProperty("metrics");
    expect(accepted(kind, seen, undefined, { unknownFields: "drop" }).spec).toEqual(kept.spec);
  });

  test("an annotation that is no JSON says nothing", () => {
    const annotations = { "autoscaling.alpha.kubernetes.io/metrics": "{" };
    const given = { ...older, metadata: { ...older.metadata, annotations } };
    expect(accepted(kind, given).spec).toEqual(accepted(kind, older).spec);
  });
});
