/**
 * Names that a program gives its own kinds and controllers, and that are taken: said before anything is made, since one would
 * silently replace the other, or never be found.
 */
import { ApiError } from "../errors/index.ts";
import type { Controller } from "../loop/index.ts";
import type { KindDefinition } from "../resources/index.ts";

/**
 * Throws BadRequest where a kind is called in its group as another is, in any of its names, or has a short name that another kind
 * of any group has: that would never be found by it. As in Kubernetes, kinds of different groups may share a kind and a plural.
 */
export function assertNamesFree(kind: KindDefinition, others: readonly KindDefinition[]): void {
  const shortNames = new Set(kind.shortNames);
  const names = new Set([kind.kind.toLowerCase(), kind.plural, kind.singular, ...shortNames]);
  const problems = others.flatMap(other => {
    const theirs = [other.kind.toLowerCase(), other.plural, other.singular, ...other.shortNames];
    const mine = other.group === kind.group ? names : shortNames;
    const taken = [...new Set(theirs)].filter(name => mine.has(name));
    return taken.length > 0 ? [`${taken.join(", ")} is what ${other.name} is called`] : [];
  });
  if (problems.length > 0)
    throw new ApiError(
      "BadRequest",
      `new Cluster: the names of kind ${JSON.stringify(kind.name)} are taken: ${problems.join("; ")}`,
    );
}

/** Throws BadRequest where two controllers have one name: history, events and metrics could not tell them apart. */
export function assertControllersDiffer(builtIn: readonly Controller[], own: readonly Controller[]): void {
  const names = new Set(builtIn.map(({ name }) => name));
  for (const [index, { name }] of own.entries()) {
    if (names.has(name))
      throw new ApiError(
        "BadRequest",
        `new Cluster: controllers[${index}].name: there is a controller ${JSON.stringify(name)} already: give yours another name`,
      );
    names.add(name);
  }
}
