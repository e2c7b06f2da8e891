/**
 * Namespace: a room that is emptied before it is closed. While it exists there is nothing to do; when its deletion was asked
 * for, it stays, `Terminating`, until nothing is left in it. This controller empties it, says in five conditions how far it
 * is, and lets it go by taking its finalizer `kubernetes` out of `spec.finalizers` (not out of metadata: this one is
 * older than those).
 *
 * First everything is left alone for five seconds, so that writes into it that are under way come to an end. Then the pods go,
 * and the rest only when no pod is left: a pod that finishes its work still finds its Services. Nothing is forced: pods get
 * their grace period, and an object with a finalizer holds the whole namespace, which then says so.
 *
 * Kubernetes looks again after a while; here each object that goes wakes its namespace, so that the last one closes it.
 */
import { again, type Controller, controller, keyOf, settled, type Waker, type World } from "../loop/index.ts";
import {
  isTerminating,
  type KindDefinition,
  type KubernetesObject,
  type Namespace,
  type NamespaceCondition,
  type NamespaceStatus,
  withCondition,
} from "../resources/index.ts";
import { burst } from "./burst.ts";

/** How long a namespace is left alone after its deletion, in milliseconds. */
const quietMs = 5_000;

/** What a namespace can hold, by name and by how people call it. */
export type Holdable = Pick<KindDefinition, "name" | "plural" | "group" | "scope">;

/** `kinds` are asked for each time: some are defined at run time. */
export function namespaceController(kinds: () => Iterable<Holdable>): Controller<"Namespace"> {
  return controller({
    kind: "Namespace",
    wokenBy: [leavers],
    async reconcile(namespace, world) {
      if (!isTerminating(namespace) || !isHeld(namespace)) return settled;
      const quietUntil = Date.parse(namespace.metadata.deletionTimestamp ?? "") + quietMs;
      if (world.now() < quietUntil) return again(quietUntil - world.now());
      const contents = await empty(namespace.metadata.name, kinds(), world);
      const reported = await world.report(namespace, statusOf(namespace, contents, world.now()));
      if (contents.isLeftToDo) return again(0);
      if (contents.remaining.length === 0)
        await world.update(released(reported), { subresource: "finalize" });
      return settled;
    },
  });
}

/** An object that goes wakes the namespace that waits for it. */
const leavers: Waker = {
  deletionsAndOwners: true,
  *keys({ type, object }, reader) {
    const { namespace } = object.metadata;
    if (type !== "DELETED" || namespace === undefined) return;
    const room = reader.get("Namespace", "", namespace);
    if (room && isTerminating(room)) yield keyOf("Namespace", undefined, namespace);
  },
};

/** What was found after everything that could go was asked to. */
export interface Contents {
  /** The kinds of which something is left. */
  readonly remaining: readonly { readonly kind: Holdable; readonly objects: readonly KubernetesObject[] }[];
  /** There was more to delete than one run does. */
  readonly isLeftToDo: boolean;
}

/** Asks the pods to go; when there are none, asks the rest. */
async function empty(namespace: string, kinds: Iterable<Holdable>, world: World): Promise<Contents> {
  const held = [...kinds].filter(({ scope }) => scope === "Namespaced");
  const find = (some: readonly Holdable[]) =>
    some
      .map(kind => ({ kind, objects: world.list(kind.name, { namespace }) }))
      .filter(({ objects }) => objects.length > 0);
  const pods = find(held.filter(isPods));
  const found = pods.length > 0 ? pods : find(held);
  const staying = found.flatMap(({ objects }) => objects).filter(object => !isTerminating(object));
  for (const object of staying.slice(0, burst)) await world.delete(object);
  return { remaining: find(found.map(({ kind }) => kind)), isLeftToDo: staying.length > burst };
}

/** The five conditions, in one write, in Kubernetes' words. */
export function statusOf(namespace: Namespace, { remaining }: Contents, now: number): NamespaceStatus {
  const { name } = namespace.metadata;
  const awaitsPods = remaining.some(({ kind }) => isPods(kind));
  const content = awaitsPods ? [] : remaining.map(countOf).sort();
  const finalizers = awaitsPods ? [] : finalizersOf(remaining.flatMap(({ objects }) => objects));
  const found = [
    no("NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered", "All resources successfully discovered"),
    no(
      "NamespaceDeletionGroupVersionParsingFailure",
      "ParsedGroupVersions",
      "All legacy kube types successfully parsed",
    ),
    awaitsPods
      ? yes("NamespaceDeletionContentFailure", "ContentDeletionFailed", podsRemain(name))
      : no(
          "NamespaceDeletionContentFailure",
          "ContentDeleted",
          "All content successfully deleted, may be waiting on finalization",
        ),
    content.length > 0
      ? yes(
          "NamespaceContentRemaining",
          "SomeResourcesRemain",
          `Some resources are remaining: ${content.join(", ")}`,
        )
      : no("NamespaceContentRemaining", "ContentRemoved", "All content successfully removed"),
    finalizers.length > 0
      ? yes(
          "NamespaceFinalizersRemaining",
          "SomeFinalizersRemain",
          `Some content in the namespace has finalizers remaining: ${finalizers.join(", ")}`,
        )
      : no(
          "NamespaceFinalizersRemaining",
          "ContentHasNoFinalizers",
          "All content-preserving finalizers finished",
        ),
  ];
  let { conditions } = namespace.status ?? {};
  for (const condition of found) conditions = withCondition(conditions, condition, now);
  return { ...namespace.status, phase: "Terminating", conditions };
}

function yes(type: string, reason: string, message: string): NamespaceCondition {
  return { type, status: "True", reason, message };
}

function no(type: string, reason: string, message: string): NamespaceCondition {
  return { type, status: "False", reason, message };
}

/** Kubernetes finds nothing wrong with the rest while pods are still stopping; neither do we. */
function podsRemain(namespace: string): string {
  return `Failed to delete all resource types, 1 remaining: unexpected items still remain in namespace: ${namespace} for gvr: /v1, Resource=pods`;
}

/** `configmaps. has 1 resource instances`: the resource with its group, which is empty for the core kinds. */
function countOf({ kind, objects }: Contents["remaining"][number]): string {
  return `${kind.plural}.${kind.group} has ${objects.length} resource instances`;
}

/** `example.com/hold in 1 resource instances`, for each finalizer, sorted. */
function finalizersOf(objects: readonly KubernetesObject[]): string[] {
  const counts = new Map<string, number>();
  for (const { metadata } of objects)
    for (const finalizer of metadata.finalizers ?? [])
      counts.set(finalizer, (counts.get(finalizer) ?? 0) + 1);
  return [...counts].map(([finalizer, count]) => `${finalizer} in ${count} resource instances`).sort();
}

function isPods({ name }: Holdable): boolean {
  return name === "Pod";
}

function isHeld({ spec }: Namespace): boolean {
  return spec?.finalizers?.includes("kubernetes") ?? false;
}

/** Without our finalizer. Others may still hold it. */
function released(namespace: Namespace): Namespace {
  const finalizers = namespace.spec?.finalizers?.filter(name => name !== "kubernetes") ?? [];
  return { ...namespace, spec: { ...namespace.spec, finalizers } };
}
