/** What a kind is that a CustomResourceDefinition defines: here the columns of `kubectl get`. */
import { expect, test } from "vitest";
import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinition,
} from "../generated/kubernetes.gen.ts";
import { customKind } from "./custom-kind.ts";

function definitionWith(columns: CustomResourceColumnDefinition[]): CustomResourceDefinition {
  const names = { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList" };
  const version = { name: "v1", served: true, storage: true, additionalPrinterColumns: columns };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "widgets.example.com", uid: "u", resourceVersion: "1", creationTimestamp: "" },
    spec: { group: "example.com", scope: "Namespaced", names, versions: [version] },
  };
}

const column = (name: string, jsonPath: string) => ({ name, type: "string", jsonPath });

test.each([
  ["the age where there are none", [], ["Name", "Age"]],
  ["its own behind the name", [column("A", ".a"), column("B", ".b")], ["Name", "A", "B"]],
  [
    "those before the first whose path cannot be read",
    [column("A", ".a"), column("B", ".b[")],
    ["Name", "A"],
  ],
  ["the name alone where the first cannot", [column("A", ".a b"), column("B", ".b")], ["Name"]],
])("its columns are %s", (_, columns, shown) => {
  const [version] = customKind(definitionWith(columns)).versions;
  expect(version?.columns.map(({ name }) => name)).toEqual(shown);
});

test("a column without a description is described by its path", () => {
  const [version] = customKind(
    definitionWith([column("A", ".a"), { ...column("B", ".b"), description: "The B." }]),
  ).versions;
  expect(version?.columns.map(({ description }) => description)).toEqual([
    undefined,
    "Custom resource definition column (in JSONPath format): .a",
    "The B.",
  ]);
});
