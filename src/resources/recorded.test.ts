/**
 * What a real Kubernetes answered, replayed: each recorded request to create or change one of our kinds goes through the same
 * steps as an object on its way to the store, and must be refused for the same reasons, or come out the same.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { AdmissionChain, pluginsFor } from "../admission/index.ts";
import { ApiError, type Cause } from "../errors/index.ts";
import { type AdmissionRequest, administrator, deepFreeze } from "../store/index.ts";
import { completed, decoded, validated } from "./accept.ts";
import type { KindDefinition } from "./definition/kind.ts";
import { fromStoredVersion, versionIn } from "./definition/kind-version.ts";
import type { Pod, Service } from "./generated/kubernetes.gen.ts";
import { KindRegistry } from "./kind-registry.ts";
import { allocated } from "./kinds/service-allocation.ts";
import { metadataFaults } from "./metadata-rules.ts";
import type { Draft, KubernetesObject } from "./object.ts";
import { applyStrategicPatch } from "./patch/strategic-patch.ts";

const folder = fileURLToPath(new URL("../../../shared/kubernetes-1.35/admission/", import.meta.url));
const kinds = new KindRegistry();

/** Cases of our kinds whose answer is not this room's to give, and whose it is. */
const elsewhere: Readonly<Record<string, string>> = {
  "delete-pod-unscheduled": "deletion: the registry",
  "delete-service": "deletion: the registry",
  "event-events-incomplete": "the group events.k8s.io: the API server",
  "event-events-minimal": "the group events.k8s.io: the API server",
  "eviction-budget-exhausted": "eviction and disruption budgets: their controller",
  "eviction-without-budget": "eviction and disruption budgets: their controller",
  "limit-range-defaults-applied": "LimitRange: admission",
  "limit-range-exceeded": "LimitRange: admission",
  "pod-binding-no-node": "the subresource binding: the API server",
  "pod-ephemeral-container-invalid": "the subresource ephemeralcontainers: the API server",
  "pod-resize-qos-change": "the subresource resize: the API server",
  "pod-security-restricted": "pod security: admission",
  "quota-compute-exceeded": "ResourceQuota: admission",
  "quota-pods-exceeded": "ResourceQuota: admission",
  "strategic-pod-status-conditions": "nulls that are printed on the wire: the API server",
};

/**
 * Cases that do not match yet, by the reason. A case that comes to match fails here until its name is taken out, so the
 * list can only become shorter.
 */
const notYet: Readonly<Record<string, string>> = {
  "deletion: the registry": `
    delete-config-map delete-missing delete-negative-grace delete-orphan delete-policy-unknown delete-resource-version-precondition delete-uid-precondition delete-with-finalizer`,
  "methods, media types and queries: the API server": `
    body-media-type-unknown body-unknown-kind body-yaml field-validation-ignore field-validation-unknown field-validation-warn method-delete-subresource method-post-on-object query-dry-run-unknown update-manager-from-user-agent`,
  "patches of kinds without rules of their own yet": `
    json-patch-all-operations json-patch-escaped-path json-patch-missing-parent json-patch-not-a-list json-patch-remove-missing json-patch-replace-missing json-patch-test-fails json-patch-unknown-operation json-patch-wrong-type merge-patch-list-replaced merge-patch-missing merge-patch-no-change merge-patch-unknown-strict   strategic-element-without-key     strategic-unknown-directive `,
  "pod security: admission": `
    pod-security-warn-deployment`,
  "rules of kinds on which nothing acts yet": `
    certificate-signing-request-wrong  csi-node-minimal 
    deployment-minimal hpa-metric-invalid hpa-min-over-max
      hpa-v2-rich hpa-zero ingress-class-rich ingress-invalid ingress-path-invalid  job-generate-name job-invalid  job-minimal job-per-index-without-indexed job-pod-failure-policy-invalid job-restart-policy-missing job-rich job-work-queue   persistent-volume-claim-immutable persistent-volume-claim-rich persistent-volume-invalid persistent-volume-rich  priority-class-rich   resource-quota-invalid     role-minimal role-rule-incomplete     storage-class-invalid update-same-manager-name  volume-attachment-minimal volume-attributes-class-minimal`,
  "server-side apply and managed fields: the API server": `
    apply-again-no-change apply-atomic-list apply-conflict-with-update apply-creates apply-creates-deployment apply-default-restored apply-field-removed apply-force apply-force-on-merge-patch apply-invalid apply-no-kind apply-no-manager apply-no-name apply-null apply-other-name apply-over-client-side-apply apply-replicas-conflict-with-scale apply-resource-version-stale apply-shared-removed-by-one apply-status apply-unknown-field apply-yaml`,
  "updates of what is stored: the registry": `
    config-map-uid-changed  put-other-name  put-stale-resource-version put-status-ignores-spec`,
  "who may do what: access": `
    access-review-admin access-review-by-role access-review-self forbidden-binding-escalation forbidden-escalation
    token-request token-review-bad`,
};
const isMissing = new Set(Object.values(notYet).flatMap(names => names.split(/\s+/).filter(Boolean)));

/** Cases of other kinds that are about what all kinds have: their metadata. */
const metadataOfOthers = new Map<string, Pick<KindDefinition, "scope" | "nameRule">>([
  ["finalizer-invalid", { scope: "Namespaced" }],
  ["label-key-invalid", { scope: "Namespaced" }],
  ["name-empty-generate-name", { scope: "Namespaced" }],
  ["name-missing", { scope: "Namespaced" }],
  ["name-namespace-with-dot", { scope: "Cluster", nameRule: "dnsLabel" }],
  ["name-path-segment", { scope: "Namespaced", nameRule: "pathSegment" }],
  ["name-uppercase", { scope: "Namespaced" }],
  ["owner-reference-incomplete", { scope: "Namespaced" }],
]);

/** Cases of Deployments that a ReplicaSet answers in the same words. */
const asReplicaSets = [
  "deployment-restart-policy",
  "deployment-selector-immutable",
  "deployment-selector-mismatch",
  "deployment-selector-operator",
  "field-validation-strict",
  "type-float-for-int",
  "type-string-for-number",
];

/** Where our answer says more, or the recorded one prints Go. The rest of the case is compared. */
const ours = {
  /** The event's empty times are printed as null by the API server. */
  nullsOnTheWire: ["firstTimestamp", "lastTimestamp", "eventTime", "reportingComponent", "reportingInstance"],
};

interface Request {
  readonly method: string;
  readonly path: string;
  readonly body?: KubernetesObject;
}

interface Case {
  readonly name: string;
  readonly given?: readonly Request[];
  readonly request: Request;
  readonly response: {
    readonly status: number;
    readonly body: KubernetesObject & { reason?: string; details?: { causes?: Cause[] } };
  };
}

const plurals = new Map(kinds.all.map(kind => [kind.plural, kind]));

function kindOf({ path }: Request): KindDefinition | undefined {
  const steps = path.split("?")[0]?.split("/") ?? [];
  return steps.map(step => plurals.get(step)).findLast(kind => kind && kind.kind !== "Namespace");
}

function casesOfOurKinds(): { case: Case; kind: KindDefinition }[] {
  return readdirSync(folder).flatMap(file => {
    const recorded = JSON.parse(readFileSync(join(folder, file), "utf8")) as Case;
    const kind = recorded.name === "namespace-minimal" ? kinds.get("Namespace") : kindOf(recorded.request);
    const isWrite = recorded.request.method !== "GET";
    return kind && isWrite && !(recorded.name in elsewhere) ? [{ case: recorded, kind }] : [];
  });
}

/** An object as the store would have it: with what the server adds. */
function stored(kind: KindDefinition, draft: Draft): KubernetesObject {
  const { namespace, name = "" } = draft.metadata;
  const metadata = {
    ...draft.metadata,
    name,
    uid: "<uid>",
    creationTimestamp: "2026-01-02T03:04:05Z",
    resourceVersion: "<rv>",
  };
  const status = kind.rules?.initialStatus?.(draft);
  const { status: _, ...rest } = draft;
  const object = {
    ...rest,
    metadata: { ...metadata, ...(namespace && { namespace }) },
    ...(status ? { status } : {}),
  };
  return withAddresses(object as KubernetesObject);
}

/** With addresses and ports, as if there were no other Service. */
function withAddresses(object: KubernetesObject): KubernetesObject {
  if (object.kind !== "Service") return object;
  return allocated(object as Service, () => []) as Service;
}

function send(
  kind: KindDefinition,
  { method, path, body }: Request,
  old?: KubernetesObject,
): KubernetesObject {
  const namespace = /\/namespaces\/([^/]+)\/./.exec(path)?.[1];
  const place = (object: KubernetesObject) =>
    namespace && typeof object.metadata === "object"
      ? { ...object, metadata: { ...object.metadata, namespace } }
      : object;
  if (method === "PATCH" && old) {
    const patched = applyStrategicPatch(
      old as never,
      body,
      kind.versions[0].schema,
    ) as unknown as KubernetesObject;
    return { ...(admitted(kind, patched, old) as KubernetesObject), status: old.status };
  }
  const given = place(body as KubernetesObject);
  // A Job's selector is made of the uid that its object gets.
  const born =
    kind.name === "Job" && !old ? { ...given, metadata: { ...given.metadata, uid: "<uid>" } } : given;
  const kept = stored(kind, admitted(kind, born, old));
  return fromStoredVersion(kind, versionIn(kind, given.apiVersion), kept);
}

/** A cluster in which there is the namespace of the recordings with its service account, and nothing else. */
const chain = new AdmissionChain(pluginsFor(), {
  get: (kind: string, _: string, name: string) =>
    (["Namespace/golden", "ServiceAccount/default"].includes(`${kind}/${name}`)
      ? { metadata: { name }, status: {} }
      : undefined) as never,
  list: () => [],
});

/** The way of an object to the store: read, completed, admitted, checked. */
function admitted(kind: KindDefinition, value: unknown, old?: KubernetesObject): Draft {
  const { draft } = decoded(kind, value);
  const { name = "", namespace = kind.scope === "Namespaced" ? "golden" : "" } = draft.metadata;
  const request: AdmissionRequest = {
    operation: old ? "UPDATE" : "CREATE",
    ...{ kind, namespace, name, subresource: "", old, user: administrator, dryRun: false, warn: () => {} },
  };
  const object = chain.mutate(deepFreeze(completed(kind, draft, old)), request) as Draft;
  validated(kind, object, old);
  chain.validate(object, request);
  return object;
}

/** What differs from run to run, what the token volume brings, and what only a later room adds. */
function comparable(object: KubernetesObject, name: string): unknown {
  const {
    uid: _1,
    resourceVersion: _2,
    creationTimestamp: _3,
    generation: _4,
    ...metadata
  } = object.metadata;
  const rest: Record<string, unknown> = { ...object, metadata };
  if (name.startsWith("event-")) {
    for (const field of ours.nullsOnTheWire) if (!rest[field]) delete rest[field];
  }
  const text = JSON.stringify(object.kind === "Pod" ? withoutToken(rest as unknown as Pod) : rest);
  return JSON.parse(
    text
      .replaceAll(/"nodePort":\d+|"nodePort":"<port>"/g, '"nodePort":"<port>"')
      .replaceAll(/"healthCheckNodePort":\d+/g, '"healthCheckNodePort":"<port>"')
      .replaceAll(/10\.96\.\d+\.\d+/g, "<ip>")
      .replaceAll(/sha256:0+/g, "sha256:<digest>"),
  );
}

function withoutToken(pod: Pod): unknown {
  const isToken = ({ name }: { name: string }) => name.startsWith("kube-api-access-");
  const without = <T extends { name: string }>(list: readonly T[] | undefined) => {
    const left = list?.filter(each => !isToken(each));
    return left && left.length > 0 ? left : undefined;
  };
  const containers = (list: Pod["spec"]["containers"] | undefined) =>
    list?.map(container => ({ ...container, volumeMounts: without(container.volumeMounts) }));
  const { spec } = pod;
  return {
    ...pod,
    spec: {
      ...spec,
      volumes: without(spec.volumes),
      containers: containers(spec.containers),
      initContainers: containers(spec.initContainers),
    },
  };
}

/** One line a cause, sorted. A diff of Go structs, and the list of changed fields that we have instead, are cut off. */
function causeLines(causes: readonly Cause[]): string[] {
  return causes
    .map(({ reason, field, message }) => {
      const text = message.split(/\n@@|; changed: /)[0]?.trim();
      return `${reason} ${field}: ${text?.replace("10.9.8.7", "<ip>")}`;
    })
    .sort();
}

function outcomeOf(recorded: Case, kind: KindDefinition): { object?: KubernetesObject; error?: ApiError } {
  let old: KubernetesObject | undefined;
  for (const request of recorded.given ?? []) {
    if (request.method === "POST" && kindOf(request) === kind) old = send(kind, request);
  }
  try {
    return { object: send(kind, recorded.request, recorded.request.method === "POST" ? undefined : old) };
  } catch (error) {
    if (error instanceof ApiError) return { error };
    throw error;
  }
}

describe.skipIf(!existsSync(folder))(
  "as a real Kubernetes answered (skipped without its recordings beside the repository)",
  () => {
    const all = existsSync(folder) ? casesOfOurKinds() : [];
    const check = (name: string, { case: recorded, kind }: (typeof all)[number]) => {
      const { status, body } = recorded.response;
      const { object, error } = outcomeOf(recorded, kind);
      if (status < 300) {
        if (error) throw error;
        expect(comparable(object as KubernetesObject, name)).toEqual(comparable(body, name));
        return;
      }
      expect(error?.reason).toBe(body.reason);
      if (status === 422)
        expect(causeLines(error?.details.causes ?? [])).toEqual(causeLines(body.details?.causes ?? []));
    };
    const named = (missing: boolean) =>
      all
        .filter(each => isMissing.has(each.case.name) === missing)
        .map(each => [each.case.name, each] as const);
    test.each(named(false))("%s", check);
    test.fails.each(named(true))("not yet: %s", check);

    const read = (name: string) => JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")) as Case;

    test.each([...metadataOfOthers])("%s: metadata", (name, kind) => {
      const { request, response } = read(name);
      const namespace = kind.scope === "Namespaced" ? { namespace: "golden" } : {};
      const causes = metadataFaults(kind, { ...namespace, ...request.body?.metadata });
      expect(causeLines(causes)).toEqual(causeLines(response.body.details?.causes ?? []));
    });

    test.each(asReplicaSets)("%s: the same as a ReplicaSet", name => {
      const recorded = read(name);
      const kind = kinds.find("ReplicaSet");
      const asSet = (request: Request): Request => ({
        ...request,
        body: { ...(request.body as KubernetesObject), kind: "ReplicaSet" },
      });
      const [before] = recorded.given ?? [];
      const old = before && send(kind, asSet(before));
      const sent = () => send(kind, asSet(recorded.request), old);
      const expected = recorded.response.body;
      const causes = refusal(sent, expected.reason).details.causes ?? [];
      if (recorded.response.status === 422) {
        expect(causeLines(causes)).toEqual(causeLines(expected.details?.causes ?? []));
      } else expect(causes.length).toBeGreaterThan(0);
    });
  },
);

function refusal(deed: () => unknown, reason: string | undefined): ApiError {
  try {
    deed();
  } catch (error) {
    if (error instanceof ApiError) {
      expect(error.reason).toBe(reason);
      return error;
    }
    throw error;
  }
  throw new Error("it was accepted");
}
