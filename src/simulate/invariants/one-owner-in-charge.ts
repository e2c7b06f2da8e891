/** An object has one owner in charge at most, and none takes it from another: it is let go first. */
import type { KubernetesObject } from "../../resources/index.ts";
import type { MakeInvariant } from "../invariant.ts";

export const oneOwnerInCharge: MakeInvariant = () => ({
  name: "at most one owner is in charge",
  written({ key, object, previous, type }) {
    const [one, other] = inCharge(object);
    if (one && other) return `${key.kind} ${key.name} is in charge of ${one} and of ${other}`;
    const before = type === "MODIFIED" && previous ? inCharge(previous)[0] : undefined;
    if (!before || !one || before === one) return undefined;
    return `${key.kind} ${key.name} was taken from ${before} by ${one}`;
  },
});

function inCharge({ metadata: { ownerReferences = [] } }: KubernetesObject): string[] {
  return ownerReferences
    .filter(({ controller }) => controller)
    .map(({ kind, name, uid }) => `${kind} ${name} (${uid})`);
}
