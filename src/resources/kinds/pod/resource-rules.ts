/** What must be right in the resources a container asks for: known names, sensible amounts, no request above its limit. */
import type { Cause } from "../../../errors/index.ts";
import { duplicate, forbidden, invalidValue, notSupported, required, wrongEntryKeys } from "../../faults.ts";
import type { ContainerResizePolicy, ResourceRequirements } from "../../generated/kubernetes.gen.ts";
import { qualifiedName } from "../../names.ts";
import { compareQuantities, parseQuantity } from "../../quantity.ts";

/** What needs no domain in front, because every node has it. */
const standard = ["cpu", "memory", "ephemeral-storage"];
const billion = 1_000_000_000n;

export function resourceFaults({ limits = {}, requests = {} }: ResourceRequirements, field: string): Cause[] {
  const causes = [...amountFaults(limits, `${field}.limits`), ...amountFaults(requests, `${field}.requests`)];
  const path = `${field}.requests`;
  const names = Object.keys({ ...limits, ...requests });
  const isHuge = names.some(name => name.startsWith("hugepages-"));
  if (isHuge && !names.includes("cpu") && !names.includes("memory"))
    causes.push(forbidden(field, "HugePages require cpu or memory"));
  for (const [name, request] of Object.entries(requests)) {
    const limit = limits[name];
    const at = { field: `${path}[${name}]` };
    if (limit === undefined) {
      if (!isShared(name))
        causes.push(required(`${field}.limits`, "Limit must be set for non overcommitable resources"));
      continue;
    }
    const difference = compareQuantities(request, limit);
    if (!isShared(name) && difference !== 0) {
      causes.push({ ...invalidValue(path, request, `must be equal to ${name} limit of ${limit}`), at });
    } else if (difference > 0) {
      const detail = `must be less than or equal to ${name} limit of ${limit}`;
      causes.push({ ...invalidValue(path, request, detail), at });
    }
  }
  return causes;
}

const resizable = ["cpu", "memory"];
const resizePolicies = ["NotRequired", "RestartContainer"];

/** Whether a container goes on while its resources change. Kubernetes tells of what is wrong in an entry at the list. */
export function resizePolicyFaults(
  policies: readonly ContainerResizePolicy[],
  field: string,
  restartPolicy: string | undefined,
): Cause[] {
  const seen = new Set<string>();
  return policies.flatMap(({ resourceName: name, restartPolicy: policy }, i) => {
    const at = (key: string) => ({ field: `${field}[${i}].${key}` });
    const causes: Cause[] = [];
    if (seen.has(name)) causes.push(duplicate(`${field}[${i}]`, name));
    seen.add(name);
    if (name === "") causes.push({ ...required(field), at: at("resourceName") });
    else if (name !== undefined && !resizable.includes(name))
      causes.push({ ...notSupported(field, name, resizable), at: at("resourceName") });
    if (policy === "") causes.push({ ...required(field), at: at("restartPolicy") });
    else if (policy !== undefined && !resizePolicies.includes(policy))
      causes.push({ ...notSupported(field, policy, resizePolicies), at: at("restartPolicy") });
    if (restartPolicy === "Never" && policy !== undefined && policy !== "NotRequired") {
      const detail = "must be 'NotRequired' when `restartPolicy` is 'Never'";
      causes.push({ ...invalidValue(field, policy, detail), at: at("restartPolicy") });
    }
    return causes;
  });
}

function amountFaults(amounts: Readonly<Record<string, string>>, field: string): Cause[] {
  const causes: Cause[] = [];
  for (const [name, amount] of Object.entries(amounts)) {
    const path = `${field}[${name}]`;
    causes.push(...resourceNameFaults(name, field));
    const { billionths } = parseQuantity(amount);
    if (billionths < 0n) causes.push(invalidValue(path, amount, "must be greater than or equal to 0"));
    if (isExtended(name) && billionths % billion !== 0n)
      causes.push(invalidValue(path, amount, "must be an integer"));
    const page = name.startsWith("hugepages-") ? pageSize(name) : undefined;
    if (page !== undefined && billionths % page !== 0n)
      causes.push(invalidValue(path, amount, `${amount} is not positive integer multiple of ${name}`));
  }
  return causes;
}

function resourceNameFaults(name: string, map: string): Cause[] {
  if (standard.includes(name) || name.startsWith("hugepages-")) return [];
  const wrong = [...qualifiedName(name)];
  if (!name.includes("/")) {
    wrong.push(
      "must be a standard resource type or fully qualified",
      "must be a standard resource for containers",
    );
  }
  return wrongEntryKeys(map, name, wrong, standard);
}

/** Whether more of it can be promised than there is, because not all ask for it at once. */
function isShared(name: string): boolean {
  return !isExtended(name) && !name.startsWith("hugepages-");
}

function isExtended(name: string): boolean {
  return name.includes("/") && !/(^|\.)kubernetes\.io\//.test(name);
}

/** How large a page of this name is, in billionths of a byte. */
function pageSize(name: string): bigint | undefined {
  try {
    const { billionths } = parseQuantity(name.slice("hugepages-".length));
    return billionths > 0n ? billionths : undefined;
  } catch {
    return undefined;
  }
}
