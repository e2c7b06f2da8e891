/**
 * Which names a CustomResourceDefinition gets: those that no other definition of its group has. What is taken it does not get,
 * and its condition NamesAccepted says so; the rules and texts are those of Kubernetes' naming controller.
 */
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionCondition,
  CustomResourceDefinitionNames,
} from "../generated/kubernetes.gen.ts";
import { isSame } from "../sameness.ts";

/** What is said of the names, without the time. */
export type NamesAccepted = Pick<CustomResourceDefinitionCondition, "type" | "status"> & {
  readonly reason: string;
  readonly message: string;
};

/** @param all every definition that is there; those of other groups do not matter */
export function acceptedNames(
  definition: CustomResourceDefinition,
  all: readonly CustomResourceDefinition[],
): { readonly names: CustomResourceDefinitionNames; readonly condition: NamesAccepted } {
  const { spec, status } = definition;
  const before = status?.acceptedNames ?? { plural: "", kind: "" };
  const others = all.filter(each => each.spec.group === spec.group).map(each => namesOf(each, definition));
  const resources = new Set(
    others.flatMap(({ plural, singular, shortNames = [] }) => [plural, singular, ...shortNames]),
  );
  const kinds = new Set(others.flatMap(({ kind, listKind }) => [kind, listKind]));
  let fault: Pick<NamesAccepted, "reason" | "message"> | undefined;
  const take = (
    asked: string | undefined,
    had: string | undefined,
    taken: ReadonlySet<unknown>,
    reason: string,
  ) => {
    if (asked === had || !taken.has(asked)) return asked;
    fault = { reason, message: inUse(asked) };
    return had;
  };
  const plural = take(spec.names.plural, before.plural, resources, "PluralConflict");
  const singular = take(spec.names.singular, before.singular, resources, "SingularConflict");
  let { shortNames } = spec.names;
  if (!isSame(shortNames, before.shortNames)) {
    const refused = (shortNames ?? []).filter(
      name => !before.shortNames?.includes(name) && resources.has(name),
    );
    if (refused.length > 0) {
      const texts = refused.map(inUse);
      const message = texts.length === 1 ? (texts[0] ?? "") : `[${texts.join(", ")}]`;
      fault = { reason: "ShortNamesConflict", message };
      shortNames = before.shortNames;
    }
  }
  const kind = take(spec.names.kind, before.kind, kinds, "KindConflict");
  const listKind = take(spec.names.listKind, before.listKind, kinds, "ListKindConflict");
  const { categories } = spec.names;
  return {
    names: {
      plural: plural ?? "",
      ...(singular && { singular }),
      ...(shortNames && { shortNames }),
      kind: kind ?? "",
      ...(listKind && { listKind }),
      ...(categories && { categories }),
    },
    condition: fault
      ? { type: "NamesAccepted", status: "False", ...fault }
      : { type: "NamesAccepted", status: "True", reason: "NoConflicts", message: "no conflicts found" },
  };
}

/** What a definition has got. Its own names are in nobody's way. */
function namesOf(
  { metadata, status }: CustomResourceDefinition,
  asking: CustomResourceDefinition,
): Partial<CustomResourceDefinitionNames> {
  return metadata.name === asking.metadata.name ? {} : (status?.acceptedNames ?? {});
}

function inUse(name: string | undefined): string {
  return `${JSON.stringify(name)} is already in use`;
}
