/** What is wrong with the names of a CustomResourceDefinition, and with any one name in it. */
import type { Cause } from "../../errors/index.ts";
import { invalidValue, required } from "../faults.ts";
import type { CustomResourceDefinitionNames } from "../generated/kubernetes.gen.ts";
import { dns1035Label, type NameRule } from "../names.ts";

export function missingNames(names: Partial<CustomResourceDefinitionNames>): Cause[] {
  const wanted = ["plural", "singular", "kind", "listKind"] as const;
  return wanted.filter(name => !names[name]).map(name => required(`spec.names.${name}`));
}

export function nameFaults({
  plural,
  singular,
  kind,
  listKind,
  shortNames = [],
  categories = [],
}: Partial<CustomResourceDefinitionNames>) {
  const path = "spec.names";
  const mixed: NameRule = value => {
    const wrong = dns1035Label(value.toLowerCase());
    return wrong.length > 0 ? [`may have mixed case, but should otherwise match: ${wrong.join(",")}`] : [];
  };
  return [
    ...named(`${path}.plural`, plural, dns1035Label),
    ...named(`${path}.singular`, singular, dns1035Label),
    ...named(`${path}.kind`, kind, mixed),
    ...named(`${path}.listKind`, listKind, mixed),
    ...shortNames.flatMap((name, i) => named(`${path}.shortNames[${i}]`, name, dns1035Label, true)),
    ...(kind && kind === listKind
      ? [invalidValue(`${path}.listKind`, listKind, "kind and listKind may not be the same")]
      : []),
    ...categories.flatMap((name, i) => named(`${path}.categories[${i}]`, name, dns1035Label, true)),
  ];
}

export function named(field: string, name: string | undefined, rule: NameRule, isNeeded = false): Cause[] {
  if (!name && !isNeeded) return [];
  const wrong = rule(name ?? "");
  return wrong.length > 0 ? [invalidValue(field, name ?? "", wrong.join(","))] : [];
}
