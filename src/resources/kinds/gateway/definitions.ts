/**
 * The kinds of Gateway API, as CustomResourceDefinitions: in Kubernetes they are installed into a cluster, here every cluster has them from
 * its start (cluster/objects/first-objects.ts), as objects like those that people install; one that is changed counts as it is then.
 */
import { customKind } from "../../custom/index.ts";
import type { KindDefinition } from "../../definition/index.ts";
import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinition,
} from "../../generated/kubernetes.gen.ts";
import { gatewayClassSchema, gatewaySchema, referenceGrantSchema } from "./gateway-schemas.ts";
import { grpcRouteSchema } from "./grpc-route-schema.ts";
import { httpRouteSchema } from "./http-route-schema.ts";
import type { Described } from "./schema-parts.ts";

export const gatewayGroup = "gateway.networking.k8s.io";

/** Where the Kubernetes project approved the kinds, as all kinds of its groups say. */
const approvedIn = "https://github.com/kubernetes-sigs/gateway-api/pull/2997";

interface DescribedKind {
  readonly kind: string;
  readonly plural: string;
  readonly shortNames?: readonly string[];
  readonly scope: "Namespaced" | "Cluster";
  /** The one that is kept first. */
  readonly versions: readonly string[];
  readonly schema: Described;
  readonly hasStatus: boolean;
  readonly columns: readonly CustomResourceColumnDefinition[];
}

const column = (name: string, jsonPath: string, description: string, type = "string", priority = 0) => ({
  name,
  jsonPath,
  type,
  description,
  ...(priority > 0 && { priority }),
});
const age = column("Age", ".metadata.creationTimestamp", "How long it has been there.", "date");

const kinds: readonly DescribedKind[] = [
  {
    kind: "GatewayClass",
    plural: "gatewayclasses",
    shortNames: ["gc"],
    scope: "Cluster",
    versions: ["v1", "v1beta1"],
    schema: gatewayClassSchema,
    hasStatus: true,
    columns: [
      column("Controller", ".spec.controllerName", "Who serves its Gateways."),
      column("Accepted", '.status.conditions[?(@.type=="Accepted")].status', "Whether somebody does."),
      age,
      column("Description", ".spec.description", "What people say of it.", "string", 1),
    ],
  },
  {
    kind: "Gateway",
    plural: "gateways",
    shortNames: ["gtw"],
    scope: "Namespaced",
    versions: ["v1", "v1beta1"],
    schema: gatewaySchema,
    hasStatus: true,
    columns: [
      column("Class", ".spec.gatewayClassName", "Its class."),
      column("Address", ".status.addresses[*].value", "Where it is reached."),
      column("Programmed", '.status.conditions[?(@.type=="Programmed")].status', "Whether it is served."),
      age,
    ],
  },
  {
    kind: "GRPCRoute",
    plural: "grpcroutes",
    scope: "Namespaced",
    versions: ["v1"],
    schema: grpcRouteSchema,
    hasStatus: true,
    columns: [column("Hostnames", ".spec.hostnames", "The hosts that it is for."), age],
  },
  {
    kind: "HTTPRoute",
    plural: "httproutes",
    scope: "Namespaced",
    versions: ["v1", "v1beta1"],
    schema: httpRouteSchema,
    hasStatus: true,
    columns: [column("Hostnames", ".spec.hostnames", "The hosts that it is for."), age],
  },
  {
    kind: "ReferenceGrant",
    plural: "referencegrants",
    shortNames: ["refgrant"],
    scope: "Namespaced",
    versions: ["v1beta1", "v1"],
    schema: referenceGrantSchema,
    hasStatus: false,
    columns: [age],
  },
];

function definitionOf({
  kind,
  plural,
  shortNames,
  scope,
  versions,
  schema,
  hasStatus,
  columns,
}: DescribedKind): CustomResourceDefinition {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${plural}.${gatewayGroup}`,
      annotations: { "api-approved.kubernetes.io": approvedIn },
      uid: "",
      resourceVersion: "",
      creationTimestamp: "",
    },
    spec: {
      group: gatewayGroup,
      scope,
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        categories: ["gateway-api"],
        ...(shortNames && { shortNames: [...shortNames] }),
      },
      versions: versions.map((name, i) => ({
        name,
        served: true,
        storage: i === 0,
        schema: { openAPIV3Schema: schema },
        ...(hasStatus && { subresources: { status: {} } }),
        additionalPrinterColumns: [...columns],
      })),
    },
  };
}

export const gatewayDefinitions: readonly CustomResourceDefinition[] = kinds.map(definitionOf);

export const gatewayKinds: readonly KindDefinition[] = gatewayDefinitions.map(each => customKind(each));
