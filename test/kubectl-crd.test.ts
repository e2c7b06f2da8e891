/** Kinds that are defined at run time, with the real kubectl: from the definition to the deletion of it. */
import { describe, expect, test } from "vitest";
import { hasKubectl } from "./kubectl.ts";
import { servedCluster } from "./served-cluster.ts";

const definition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { plural: widgets, singular: widget, kind: Widget, shortNames: [wd, ct], categories: [all] }
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          description: A widget of the shop.
          type: object
          required: [spec]
          properties:
            spec:
              type: object
              required: [color]
              properties:
                color: { type: string, enum: [red, blue], description: What it looks like. }
                size: { type: integer, minimum: 1, maximum: 10, default: 3 }
                parts:
                  type: array
                  x-kubernetes-list-type: map
                  x-kubernetes-list-map-keys: [name]
                  items:
                    type: object
                    required: [name]
                    properties: { name: { type: string }, count: { type: integer, default: 1 } }
            status:
              type: object
              properties: { replicas: { type: integer }, phase: { type: string } }
      subresources:
        status: {}
        scale: { specReplicasPath: .spec.size, statusReplicasPath: .status.replicas }
      selectableFields: [ { jsonPath: .spec.color } ]
      additionalPrinterColumns:
        - { name: Size, type: integer, jsonPath: .spec.size }
        - { name: Phase, type: string, jsonPath: .status.phase }
        - { name: Color, type: string, jsonPath: .spec.color, priority: 1 }
        - { name: Age, type: date, jsonPath: .metadata.creationTimestamp }
    - name: v1beta1
      served: true
      storage: false
      deprecated: true
      schema:
        openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true }
`;

const widget = `
apiVersion: example.com/v1
kind: Widget
metadata: { name: w }
spec: { color: red }
`;

const crd = "customresourcedefinition.apiextensions.k8s.io";
/** What a cluster has before anybody defines a kind. */
const first = [
  "gatewayclasses.gateway.networking.k8s.io",
  "gateways.gateway.networking.k8s.io",
  "grpcroutes.gateway.networking.k8s.io",
  "httproutes.gateway.networking.k8s.io",
  "referencegrants.gateway.networking.k8s.io",
  "volumesnapshotclasses.snapshot.storage.k8s.io",
  "volumesnapshotcontents.snapshot.storage.k8s.io",
  "volumesnapshots.snapshot.storage.k8s.io",
];
const grant = `
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: { name: g }
spec:
  from: [{ group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: other }]
  to: [{ group: "", kind: Service }]
`;

interface Named {
  readonly metadata: { readonly name: string; readonly annotations?: object };
}

describe.skipIf(!hasKubectl)("kubectl (skipped where its package has no program for this machine)", () => {
  const { kubectl, refusal } = servedCluster({ nodes: 1 });

  test("a kind is defined, used, and goes with all of its objects", { timeout: 120_000 }, async () => {
    expect(await kubectl("apply -f -", definition)).toBe(
      "customresourcedefinition.apiextensions.k8s.io/widgets.example.com created",
    );
    expect(await kubectl("wait --for=condition=Established crd/widgets.example.com --timeout=10s")).toBe(
      "customresourcedefinition.apiextensions.k8s.io/widgets.example.com condition met",
    );
    expect(await kubectl("apply -f -", widget)).toBe("widget.example.com/w created");
    expect(await kubectl("apply -f -", widget)).toBe("widget.example.com/w unchanged");
    expect(await kubectl("get widgets")).toMatch(/^NAME SIZE PHASE AGE\nw 3 \d+s$/);
    // `ct` is what the tutorial of Kubernetes calls its own kind: nothing built in may have that name.
    expect(await kubectl("get ct -o name")).toBe("widget.example.com/w");
    expect(await kubectl("get wd -o wide")).toMatch(/^NAME SIZE PHASE COLOR AGE\nw 3 red \d+s$/);
    expect(await kubectl("get all")).toContain("widget.example.com/w");
    expect(await kubectl("get widgets --field-selector=spec.color=red -o name")).toBe("widget.example.com/w");
    expect(await kubectl("get widgets --field-selector=spec.color=blue -o name")).toBe("");
    expect(await kubectl("get widgets.v1beta1.example.com w -o jsonpath={.apiVersion}")).toBe(
      "example.com/v1beta1",
    );
    expect(await kubectl("scale widget w --replicas=5")).toBe("widget.example.com/w scaled");
    expect(await kubectl("get wd w -o jsonpath={.spec.size}")).toBe("5");
    expect(
      await kubectl('patch wd w --subresource=status --type=merge -p {"status":{"phase":"Ready"}}'),
    ).toBe("widget.example.com/w patched");
    expect(await kubectl("wait --for=jsonpath={.status.phase}=Ready wd/w --timeout=5s")).toContain("met");
    expect(await kubectl("describe widget w")).toContain("Color: red");
    expect(await kubectl("explain widget.spec.color")).toContain("What it looks like.");
    expect(await kubectl("explain widget")).toContain("A widget of the shop.");
    expect(await kubectl("api-resources --api-group=example.com")).toContain(
      "widgets wd,ct example.com/v1 true Widget",
    );
    expect(await kubectl("delete crd widgets.example.com")).toContain("deleted");
    expect(await refusal("get widgets")).toContain(
      "the server could not find the requested resource (get widgets.example.com)",
    );
  });

  test("the kinds of snapshots and of Gateway API are definitions, from the beginning", async () => {
    expect(await kubectl("get crd -o name")).toBe(first.map(name => `${crd}/${name}`).join("\n"));
    const all = first.map(name => `crd/${name}`).join(" ");
    expect(await kubectl(`wait --for=condition=Established ${all} --timeout=30s`)).toBe(
      first.map(name => `${crd}/${name} condition met`).join("\n"),
    );
    expect(await kubectl("describe crd volumesnapshots.snapshot.storage.k8s.io")).toMatch(
      /Kind: VolumeSnapshot\n.*Reason: InitialNamesAccepted\n/s,
    );
    expect(await kubectl("explain httproute.spec.hostnames")).toContain("FIELD: hostnames");
  });

  test("one of those can be deleted, with all of its objects, and installed again", async () => {
    const grants = "referencegrants.gateway.networking.k8s.io";
    const { metadata, ...definition } = JSON.parse(await kubectl(`get crd ${grants} -o json`)) as Named;
    await kubectl("apply -f -", grant);
    expect(await kubectl(`delete crd ${grants}`)).toContain("deleted");
    expect(await refusal("get refgrant")).toContain("could not find the requested resource");
    const { name, annotations } = metadata;
    await kubectl("create -f -", JSON.stringify({ ...definition, metadata: { name, annotations } }));
    await kubectl(`wait --for=condition=Established crd/${grants} --timeout=30s`);
    expect(await kubectl("get refgrant -o name")).toBe("");
    expect(await kubectl("apply -f -", grant)).toContain("created");
  });

  test("what is wrong with an object, or a definition, is said", { timeout: 60_000 }, async () => {
    await kubectl("apply -f -", definition);
    await kubectl("wait --for=condition=Established crd/widgets.example.com --timeout=10s");
    expect(await refusal("apply -f -", widget.replace("red", "green"))).toContain(
      'The Widget "w" is invalid: spec.color: Unsupported value: "green": supported values: "red", "blue"',
    );
    expect(await refusal("apply -f -", widget.replace("color: red", "color: red, bits: 1"))).toContain(
      'strict decoding error: unknown field "spec.bits"',
    );
    expect(
      await refusal("apply -f -", definition.replace("group: example.com", "group: other.example.com")),
    ).toContain("field is immutable");
    await kubectl("delete crd widgets.example.com");
    expect(
      await refusal("apply -f -", definition.replace("replicas: { type: integer }", "replicas: {}")),
    ).toContain("properties[replicas].type: Required value: must not be empty for specified object fields");
  });
});
