/**
 * CustomResourceDefinition: a kind that is defined at run time. This controller says which of its names a definition gets
 * (NamesAccepted) and that its kind is served (Established). When the deletion of a definition is asked for, its objects go
 * first: only when the last is gone does the controller take its finalizer away, and the kind is known no more.
 *
 * What makes the kind known is cluster/kind-definitions.ts, at once when the definition is written; here is only told that it is so.
 */
import {
  again,
  type Controller,
  controller,
  keyOf,
  type Outcome,
  settled,
  type Waker,
  type World,
  waker,
} from "../loop/index.ts";
import {
  acceptedNames,
  approvalCondition,
  type CustomResourceDefinition,
  customKindName,
  definitionCleanup,
  groupVersionOf,
  isTerminating,
  isTrue,
  type KubernetesObject,
  withCondition,
} from "../resources/index.ts";
import { burst } from "./burst.ts";

/** How long until objects that something holds are looked at again, should nothing be heard of them. */
const patienceMs = 5_000;

/**
 * How long the objects are left alone: a client that deletes a file with a definition and its objects names them right after it,
 * and finds them, as in Kubernetes, where its controller takes as long to begin.
 */
const quietMs = 250;

/** @param isServed whether requests for the kind of a definition are answered by now */
export function customResourceDefinitionController(
  isServed: (definition: CustomResourceDefinition) => boolean,
): Controller<"CustomResourceDefinition"> {
  // When each definition that goes was seen to, by its uid. If that is forgotten, it is waited for once more.
  const seenGoing = new Map<string, number>();
  return controller({
    kind: "CustomResourceDefinition",
    wokenBy: [freedNames, goneInstances],
    // Two that ask for the same name are looked at one after the other.
    concurrency: 1,
    async reconcile(definition, world) {
      if (isTerminating(definition)) return finish(definition, world, seenGoing);
      const { status = {} } = definition;
      const { names, condition } = acceptedNames(definition, world.list("CustomResourceDefinition"));
      let conditions = withCondition(status.conditions ?? undefined, condition, world.now());
      if (!isTrue(definition, "Established")) {
        const isReady = condition.status === "True" && isServed(definition);
        conditions = withCondition(conditions, isReady ? established : notEstablished, world.now());
      }
      const approval = approvalCondition(definition);
      if (approval) conditions = withCondition(conditions, approval, world.now());
      await world.report(definition, { ...status, acceptedNames: names, conditions });
      return settled;
    },
  });
}

const established = {
  type: "Established",
  status: "True",
  reason: "InitialNamesAccepted",
  message: "the initial names have been accepted",
};
const notEstablished = {
  type: "Established",
  status: "False",
  reason: "NotAccepted",
  message: "not all names are accepted",
};

/** A definition that goes, or takes other names, may leave names to those that wait for them. */
const freedNames = waker("CustomResourceDefinition", function* ({ object: { spec, metadata } }, reader) {
  for (const other of reader.list("CustomResourceDefinition")) {
    const isRival = other.spec.group === spec.group && other.metadata.name !== metadata.name;
    if (isRival && !isTrue(other, "NamesAccepted"))
      yield keyOf("CustomResourceDefinition", undefined, other.metadata.name);
  }
});

/** The last object that goes lets its definition go. */
const goneInstances: Waker = {
  deletionsAndOwners: true,
  *keys({ type, object: { apiVersion, kind } }, reader) {
    // The groups of built-in kinds that have a dot are passed over like all that no definition is going of.
    if (type !== "DELETED" || !apiVersion.includes(".")) return;
    const { group } = groupVersionOf(apiVersion);
    for (const { spec, metadata } of reader.list("CustomResourceDefinition").filter(isTerminating))
      if (spec.group === group && spec.names.kind === kind)
        yield keyOf("CustomResourceDefinition", undefined, metadata.name);
  },
};

/** Deletes the objects of the kind; when there are none any more, lets the definition go. */
async function finish(
  definition: CustomResourceDefinition,
  world: World,
  seenGoing: Map<string, number>,
): Promise<Outcome> {
  if (!definition.metadata.finalizers?.includes(definitionCleanup)) return settled;
  if (isTrue(definition, "Established")) {
    const conditions = withCondition(definition.status?.conditions ?? undefined, deleting, world.now());
    await world.report(definition, { ...definition.status, conditions });
    const objects: readonly KubernetesObject[] = world.list<string>(customKindName(definition));
    const staying = objects.filter(object => !isTerminating(object));
    if (staying.length > 0) {
      const { uid } = definition.metadata;
      const since = seenGoing.get(uid) ?? world.now();
      seenGoing.set(uid, since);
      if (world.now() < since + quietMs) return again(since + quietMs - world.now());
    }
    for (const object of staying.slice(0, burst)) await world.delete(object);
    if (staying.length > burst) return again(0);
    if (world.list<string>(customKindName(definition)).length > 0) return again(patienceMs);
  }
  seenGoing.delete(definition.metadata.uid);
  const now = world.get("CustomResourceDefinition", "", definition.metadata.name);
  if (now) await world.update(withoutCleanup(now));
  return settled;
}

const deleting = {
  type: "Terminating",
  status: "True",
  reason: "InstanceDeletionInProgress",
  message: "CustomResource deletion is in progress",
};

function withoutCleanup(definition: CustomResourceDefinition): CustomResourceDefinition {
  const finalizers = definition.metadata.finalizers?.filter(name => name !== definitionCleanup) ?? [];
  return { ...definition, metadata: { ...definition.metadata, finalizers } };
}
