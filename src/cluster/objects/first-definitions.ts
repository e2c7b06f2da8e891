/**
 * The CustomResourceDefinitions that every cluster has from its first moment, as one has in which the snapshots of storage and Gateway API
 * are installed: objects like those that people install. Who deletes one has its kind no more until the cluster starts again; who
 * changes one keeps what was changed, and one that nobody changed is brought to what this version of k4s has.
 */
import {
  type CustomResourceDefinition,
  completed,
  type Draft,
  firstDefinitions,
  isSame,
  isTerminating,
  type KindRegistry,
} from "../../resources/index.ts";
import type { RegistryVerbs, Writer } from "../../store/index.ts";
import { ensure } from "./first-objects.ts";

const kind = "CustomResourceDefinition";

/** Which generation of its spec k4s wrote: as long as there is no other, nobody changed it. */
const writtenGeneration = "k4s.dev/written-generation";

/** @param kinds those of a CustomResourceDefinition among them */
export async function ensureFirstDefinitions(
  registry: Pick<RegistryVerbs, "store" | "create" | "modify">,
  kinds: Pick<KindRegistry, "find">,
  author: Writer,
): Promise<void> {
  // A test holds them against all rules; to do so at each start would take longer than the rest of it.
  const request = { author, isChecked: true };
  for (const { apiVersion, metadata, spec } of firstDefinitions) {
    const { name } = metadata;
    const annotations = { ...metadata.annotations, [writtenGeneration]: "1" };
    const draft = { apiVersion, kind, metadata: { name, annotations }, spec } as Draft;
    if (registry.store.get(kind, "", name) === undefined) await ensure(draft, registry, request);
    else await registry.modify(kind, "", name, found => renewed(found, draft, kinds), request);
  }
}

/** Undefined where it is as it should be, or as somebody wanted it. */
function renewed(
  found: CustomResourceDefinition,
  draft: Draft,
  kinds: Pick<KindRegistry, "find">,
): Draft<CustomResourceDefinition> | undefined {
  const { generation = 0, annotations } = found.metadata;
  const isOurs = annotations?.[writtenGeneration] === String(generation);
  if (!isOurs || isTerminating(found)) return undefined;
  const { spec } = completed(kinds.find(kind), draft) as CustomResourceDefinition;
  if (isSame(found.spec, spec)) return undefined;
  const written = { ...annotations, [writtenGeneration]: String(generation + 1) };
  return { ...found, spec, metadata: { ...found.metadata, annotations: written } };
}
