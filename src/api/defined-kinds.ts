/** The kinds that a manifest defines itself: its other objects may be of them. */
import {
  accepted,
  allFaults,
  type CustomResourceDefinition,
  customKind,
  type KindDefinition,
  type KindRegistry,
  readManifest,
} from "../resources/index.ts";
import { type Manifest, type Source, textOf } from "./manifest-source.ts";

/** The kinds that CustomResourceDefinitions among the sources define, as far as they are not served yet. */
export function kindsDefinedIn(sources: readonly Source[], kinds: KindRegistry): KindDefinition[] {
  const definition = kinds.find("CustomResourceDefinition");
  const defined: KindDefinition[] = [];
  for (const { manifest, file } of sources) {
    if (!mentions(manifest, definition.kind)) continue;
    // Its other objects cannot be read yet; what is wrong with them is told when they can.
    for (const { object } of readManifest(textOf(manifest), { file, kinds: kinds.all }).documents) {
      if (object.kind !== definition.kind || allFaults(definition, object).length > 0) continue;
      const kind = customKind(accepted(definition, object) as CustomResourceDefinition);
      if (!kinds.get(kind.name)) defined.push(kind);
    }
  }
  return defined;
}

/** Whether the name of a kind stands in a manifest at all: to look is cheaper than to read. */
function mentions(manifest: Manifest, kind: string): boolean {
  if (typeof manifest === "string") return manifest.includes(kind);
  if (manifest instanceof Uint8Array) return Buffer.from(manifest).includes(kind);
  return [manifest].flat().some(object => (object as { readonly kind?: unknown } | null)?.kind === kind);
}
