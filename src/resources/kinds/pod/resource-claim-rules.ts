/** What must be right in the claims to devices of a pod, and in what its containers take of them. */
import type { Cause } from "../../../errors/index.ts";
import { duplicate, invalidValue, misnamed, notFound, required } from "../../faults.ts";
import type { ContainerResourceClaim, PodResourceClaim } from "../../generated/kubernetes.gen.ts";
import { dnsLabel, dnsSubdomain } from "../../names.ts";

export function podClaimFaults(claims: readonly PodResourceClaim[] = [], field: string): Cause[] {
  const names = new Set<string>();
  return claims.flatMap((claim, i) => {
    const { name, resourceClaimName: one, resourceClaimTemplateName: template } = claim;
    const path = `${field}[${i}]`;
    const causes: Cause[] = [];
    if (name === "") causes.push(required(`${path}.name`));
    else if (names.has(name)) causes.push(duplicate(`${path}.name`, name));
    else causes.push(...misnamed(dnsLabel, name, `${path}.name`));
    names.add(name);
    if (one !== undefined && template !== undefined) {
      const detail = "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified";
      causes.push(invalidValue(path, claim, detail));
    }
    if (one === undefined && template === undefined) {
      const detail = "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`";
      causes.push(invalidValue(path, claim, detail));
    }
    return [
      ...causes,
      ...misnamed(dnsSubdomain, one, `${path}.resourceClaimName`),
      ...misnamed(dnsSubdomain, template, `${path}.resourceClaimTemplateName`),
    ];
  });
}

/** @param known the names of the claims of the pod */
export function takenClaimFaults(
  claims: readonly ContainerResourceClaim[] = [],
  field: string,
  known: ReadonlySet<string>,
): Cause[] {
  const taken = new Set<string>();
  return claims.flatMap(({ name, request = "" }, i) => {
    const path = `${field}[${i}]`;
    if (!name) return [required(path)];
    const key = request === "" ? name : `${name}/${request}`;
    const causes = request === "" ? [] : misnamed(dnsLabel, request, `${path}.request`);
    // Who takes all of a claim takes none of its requests besides.
    const isTaken = taken.has(name) || [...taken].some(each => each === key || each.startsWith(`${key}/`));
    if (isTaken) causes.push(duplicate(path, taken.has(name) ? name : key));
    taken.add(key);
    return known.has(name) ? causes : [...causes, unknownClaim(path, name, known)];
  });
}

function unknownClaim(field: string, name: string, known: ReadonlySet<string>): Cause {
  const list = known.size === 0 ? " which is empty" : `: ${[...known].sort().join(", ")}`;
  const { message, ...cause } = notFound(field, name);
  return { ...cause, message: `${message}: must be one of the names in pod.spec.resourceClaims${list}` };
}
