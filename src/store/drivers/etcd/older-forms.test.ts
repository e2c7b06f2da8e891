/** What a real API server keeps as v1beta1 is read as what it is in v1. */
import { expect, test } from "vitest";
import { KindRegistry, type KubernetesObject } from "../../../resources/index.ts";
import { kindFolders } from "./kind-folders.ts";
import { Layout } from "./layout.ts";
import { asServed } from "./older-forms.ts";

const metadata = { name: "things.example.com", uid: "1" };
const names = { plural: "things", kind: "Thing" };
const schema = { openAPIV3Schema: { type: "object" } };
const other = { openAPIV3Schema: { type: "object", description: "other" } };
const column = { name: "A", type: "string" };
const clientConfig = { url: "https://a.b" };

test.each<[string, object, object]>([
  [
    "one version, all of it beside it",
    {
      version: "v1",
      versions: [{ name: "v1", served: true, storage: true }],
      validation: schema,
      subresources: { status: {} },
      additionalPrinterColumns: [{ ...column, JSONPath: ".spec.a" }],
      conversion: { strategy: "None" },
    },
    {
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema,
          subresources: { status: {} },
          additionalPrinterColumns: [{ ...column, jsonPath: ".spec.a" }],
        },
      ],
      conversion: { strategy: "None" },
    },
  ],
  [
    "versions that differ, and are converted",
    {
      version: "v1",
      versions: [
        { name: "v1", served: true, storage: true, schema },
        { name: "v2", served: true, storage: false, schema: other },
      ],
      conversion: {
        strategy: "Webhook",
        webhookClientConfig: clientConfig,
        conversionReviewVersions: ["v1"],
      },
      preserveUnknownFields: false,
    },
    {
      versions: [
        { name: "v1", served: true, storage: true, schema },
        { name: "v2", served: true, storage: false, schema: other },
      ],
      conversion: { strategy: "Webhook", webhook: { clientConfig, conversionReviewVersions: ["v1"] } },
      preserveUnknownFields: false,
    },
  ],
  [
    "one that lists no versions",
    { version: "v1", validation: schema },
    { versions: [{ name: "v1", served: true, storage: true, schema }] },
  ],
])("%s", (_, before, after) => {
  const shared = { group: "example.com", scope: "Namespaced", names };
  const kind = "CustomResourceDefinition";
  const kept = {
    apiVersion: "apiextensions.k8s.io/v1beta1",
    kind,
    metadata,
    spec: { ...shared, ...before },
    status: { storedVersions: ["v1"] },
  } as KubernetesObject;
  const served = { ...kept, apiVersion: "apiextensions.k8s.io/v1", spec: { ...shared, ...after } };
  expect(asServed(kept)).toEqual(served);
  expect(asServed(served as KubernetesObject)).toBe(served);
  // And where it stands.
  const layout = new Layout("/registry", kindFolders(new KindRegistry()));
  const at = `/registry/apiextensions.k8s.io/customresourcedefinitions/${metadata.name}`;
  expect(layout.objectAt(at, JSON.stringify(kept), 7)).toEqual({
    key: { kind, namespace: "", name: metadata.name },
    object: { ...served, metadata: { ...metadata, resourceVersion: "7" } },
  });
});
