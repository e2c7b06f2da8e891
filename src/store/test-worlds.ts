/**
 * Random worlds for store.suite.ts: a few steps each, over few names, so that they collide. A step is done to the store under
 * test and to the model (test-model.ts), and what came of it is compared.
 */
import fc from "fast-check";
import type { KubernetesObject } from "../resources/index.ts";
import { administrator } from "./identity.ts";
import type { Author, ObjectKey, Store } from "./store.ts";
import type { Model } from "./test-model.ts";

export const kinds = ["Pod", "Widget"];
export const owners = ["owner-1", "owner-2", "owner-3"];

const place = {
  kind: fc.constantFrom(...kinds),
  namespace: fc.constantFrom("a", "b"),
  name: fc.constantFrom("x", "y", "z"),
};
const labels = fc.dictionary(fc.constantFrom("app", "tier", "__proto__"), fc.constantFrom("web", "db"), {
  maxKeys: 2,
});
const nodeName = fc.constantFrom(undefined, "", "node-0", "node-1");

export const step = fc.record({
  ...place,
  verb: fc.constantFrom("put", "put", "put", "add", "remove"),
  builtOnStale: fc.boolean(),
  labels: fc.option(labels, { nil: undefined }),
  nodeName,
  owners: fc.uniqueArray(fc.constantFrom(...owners)),
  hasController: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

export const selection = fc.record(
  {
    kind: place.kind,
    namespace: place.namespace,
    matchLabels: labels,
    matchFields: fc.dictionary(
      fc.constantFrom("spec.nodeName", "metadata.name"),
      fc.constantFrom("", "node-0", "x"),
      {
        maxKeys: 2,
      },
    ),
    orphans: fc.boolean(),
  },
  { requiredKeys: ["kind"] },
);

/** Does a step to both, and says what came of it. */
export async function play(
  step: Step,
  store: Store,
  model: Model,
): Promise<{ store: unknown; model: unknown }> {
  const at = key(step.kind, step.namespace, step.name);
  const kept = model.get(at);
  const previous = step.builtOnStale ? (model.stale(at) ?? kept?.object) : kept?.object;
  const isStale = previous !== kept?.object;
  const outcome = (write: Promise<unknown>) => write.catch(error => error.reason);

  if (step.verb === "remove") {
    const there = previous ?? objectFrom(step, "no-uid");
    return {
      store: await outcome(store.remove(at, there, author)),
      model: !kept ? "NotFound" : isStale ? "Conflict" : model.write("DELETED", at, kept.object),
    };
  }
  if (step.verb === "add" || !kept) {
    const object = objectFrom(step, `uid-${model.changes.length}`);
    return {
      store: await outcome(store.add(at, object, author)),
      model: kept ? "AlreadyExists" : model.write("ADDED", at, object),
    };
  }
  const object = objectFrom(step, kept.object.metadata.uid);
  return {
    store: await outcome(store.replace(at, previous ?? kept.object, object, author)),
    model: isStale ? "Conflict" : model.write("MODIFIED", at, object),
  };
}

function objectFrom(
  { kind, namespace, name, labels, nodeName, owners, hasController }: Step,
  uid: string,
): KubernetesObject {
  const ownerReferences = owners.map((uid, n) => ({
    apiVersion: "v1",
    kind: "Owner",
    name: "owner",
    uid,
    controller: hasController && n === 0,
  }));
  return {
    apiVersion: "v1",
    kind,
    metadata: {
      name,
      namespace,
      uid,
      resourceVersion: "",
      creationTimestamp: "2026-01-01T00:00:00Z",
      ...(labels && { labels }),
      ...(owners.length > 0 && { ownerReferences }),
    },
    ...(nodeName !== undefined && { spec: { nodeName, containers: [{ name: "main" }] } }),
  };
}

/** Who writes in a test, and because of which revision. */
export function authorNamed(actor: string, cause?: number): Author {
  return { actor, user: administrator, manager: "test", ...(cause !== undefined && { cause }) };
}

export const author = authorNamed("test");

export function key(kind: string, namespace: string, name: string): ObjectKey {
  return { kind, namespace, name };
}

let drafts = 0;

/** An object that is nothing but itself. */
export function draft(): KubernetesObject {
  const metadata = {
    name: "x",
    uid: `draft-${drafts++}`,
    resourceVersion: "",
    creationTimestamp: "2026-01-01T00:00:00Z",
  };
  return { apiVersion: "v1", kind: "Pod", metadata };
}

/** For a store whose watchers must not throw. */
export function rethrow(fault: unknown): never {
  throw fault;
}

/** Of what is found in etcd, nothing is judged. */
export const unjudged = { isKnown: () => false, faultIn: () => undefined };
