/**
 * Makes the kinds of CustomResourceDefinitions known, while the cluster runs: a kind can be used from the moment at which its
 * definition is written, changes with it, and is forgotten when it goes. The registry of kinds is the only thing that is
 * changed here, and it can be made again from the store.
 */
import {
  acceptedNames,
  type CustomResourceDefinition,
  customKind,
  customKindName,
  isSame,
  type KindRegistry,
  type KubernetesObject,
} from "../resources/index.ts";
import type { Store } from "../store/index.ts";

/** Follows the definitions in the store, those that are there and those to come, as long as the store is open. */
export function followDefinitions(store: Pick<Store, "list" | "watch">, kinds: KindRegistry): void {
  const definitions = () => store.list("CustomResourceDefinition");
  for (const definition of definitions()) define(definition, definitions(), kinds);
  store.watch({ kind: "CustomResourceDefinition" }, ({ type, object, previous }) => {
    const definition = object as CustomResourceDefinition;
    if (type === "DELETED") forget(definition, kinds);
    else if (!previous || isOtherKind(previous as CustomResourceDefinition, definition))
      define(definition, definitions(), kinds);
  });
}

/** The kinds of the definitions among these objects, known before the objects are read. */
export function defineKindsOf(objects: readonly KubernetesObject[], kinds: KindRegistry): void {
  const definitions = objects.filter(isDefinition);
  for (const definition of definitions) define(definition, definitions, kinds);
}

/** Whether requests for the kind of this definition are answered. */
export function isServed(definition: CustomResourceDefinition, kinds: KindRegistry): boolean {
  return kinds.get(customKindName(definition))?.definedBy === definition.metadata.name;
}

function isDefinition(object: KubernetesObject): object is CustomResourceDefinition {
  return object.kind === "CustomResourceDefinition";
}

function define(
  definition: CustomResourceDefinition,
  all: readonly CustomResourceDefinition[],
  kinds: KindRegistry,
): void {
  const { names } = acceptedNames(definition, all);
  const { kind, plural } = definition.spec.names;
  const holder = kinds.get(customKindName(definition));
  const isOurs = holder === undefined || holder.definedBy === definition.metadata.name;
  if (isOurs && names.kind === kind && names.plural === plural) kinds.define(customKind(definition, names));
}

function forget(definition: CustomResourceDefinition, kinds: KindRegistry): void {
  if (isServed(definition, kinds)) kinds.remove(customKindName(definition));
}

/** Whether the definition says another thing of its kind than before: the progress of its status does not count. */
function isOtherKind(before: CustomResourceDefinition, after: CustomResourceDefinition): boolean {
  const said = ({ spec, status, metadata }: CustomResourceDefinition) => [
    spec,
    status?.acceptedNames,
    metadata.deletionTimestamp === undefined,
  ];
  return !isSame(said(before), said(after));
}
