/** Node (`v1`): a place with a capacity that runs pods. Its agent registers it and says that it is well. */

import type { Cause } from "../../errors/index.ts";
import { conditionOf } from "../conditions.ts";
import type { OwnPart } from "../definition/index.ts";
import { duplicate, forbidden, invalidValue, required } from "../faults.ts";
import type { Node, NodeAddress, NodeSpec, NodeSystemInfo, Taint } from "../generated/kubernetes.gen.ts";
import { labelKey, labelValue } from "../names.ts";
import { isSame } from "../sameness.ts";
import { ageColumn, nameColumn } from "./columns/cells.ts";
import { blockFault } from "./networking/index.ts";

/** The namespace where a node keeps the Lease by which it says that it is there. */
export const nodeLeaseNamespace = "kube-node-lease";

const roleLabel = "node-role.kubernetes.io/";

/** What a node says of its machine as long as its agent has not said anything. */
const unknownMachine: NodeSystemInfo = Object.freeze({
  machineID: "",
  systemUUID: "",
  bootID: "",
  kernelVersion: "",
  osImage: "",
  containerRuntimeVersion: "",
  kubeletVersion: "",
  kubeProxyVersion: "",
  operatingSystem: "",
  architecture: "",
});

export const node: OwnPart<Node> = {
  columns: [
    nameColumn,
    { name: "Status", cell: statusText },
    { name: "Roles", cell: rolesText },
    ageColumn,
    { name: "Version", cell: ({ status }) => status?.nodeInfo?.kubeletVersion ?? "" },
    { name: "Internal-IP", wide: true, cell: node => addressOf(node, "InternalIP") },
    { name: "External-IP", wide: true, cell: node => addressOf(node, "ExternalIP") },
    { name: "OS-Image", wide: true, cell: ({ status }) => status?.nodeInfo?.osImage || "<unknown>" },
    {
      name: "Kernel-Version",
      wide: true,
      cell: ({ status }) => status?.nodeInfo?.kernelVersion || "<unknown>",
    },
    {
      name: "Container-Runtime",
      wide: true,
      cell: ({ status }) => status?.nodeInfo?.containerRuntimeVersion || "<unknown>",
    },
  ],
  selectableFields: ["spec.unschedulable"],
  fieldTexts: { "spec.unschedulable": ({ spec }) => String(spec?.unschedulable ?? false) },
  rules: {
    fill(draft) {
      const { spec: given = {}, status } = draft;
      const spec = withPodCIDRs(given);
      const { capacity, allocatable } = status ?? {};
      const isWhole = !capacity || allocatable;
      if (spec === given && isWhole) return draft;
      return { ...draft, spec, ...(!isWhole && { status: { ...status, allocatable: capacity } }) };
    },
    validate({ spec = {}, status }, old) {
      const causes = [
        ...taintFaults(spec.taints ?? [], "spec.taints"),
        ...podBlockFaults(spec.podCIDRs ?? [], "spec.podCIDRs"),
      ];
      if (old) causes.push(...addressTwiceFaults(status?.addresses ?? [], "status.addresses"));
      if (old?.spec?.podCIDRs && !isSame(old.spec.podCIDRs, spec.podCIDRs)) {
        causes.push(
          forbidden("spec.podCIDRs", 'node updates may not change podCIDR except from "" to valid'),
        );
      }
      if (old?.spec?.providerID && old.spec.providerID !== spec.providerID) {
        causes.push(
          forbidden("spec.providerID", 'node updates may not change providerID except from "" to valid'),
        );
      }
      return causes;
    },
    // A node registers itself and says at once what it has: its status is taken as it comes.
    initialStatus: ({ status }) => ({
      daemonEndpoints: { kubeletEndpoint: { Port: 0 } },
      nodeInfo: unknownMachine,
      ...status,
    }),
  },
};

/** One field for the first, one for all; whichever was given. */
function withPodCIDRs(spec: NodeSpec): NodeSpec {
  const { podCIDR, podCIDRs } = spec;
  if (podCIDR && !podCIDRs) return { ...spec, podCIDRs: [podCIDR] };
  if (!podCIDR && podCIDRs?.[0]) return { ...spec, podCIDR: podCIDRs[0] };
  return spec;
}

/** The addresses of its pods: one block of each family at most. */
function podBlockFaults(blocks: readonly string[], field: string): Cause[] {
  const causes = blocks.flatMap((block, i) => {
    const fault = blockFault(block);
    return fault === undefined ? [] : [invalidValue(`${field}[${i}]`, block, fault)];
  });
  const families = new Set(blocks.map(block => block.includes(":")));
  if (blocks.length > families.size)
    causes.push(invalidValue(field, blocks, "may specify no more than one CIDR for each IP family"));
  return causes;
}

function addressTwiceFaults(addresses: readonly NodeAddress[], field: string): Cause[] {
  return addresses.flatMap((address, i) =>
    addresses.findIndex(each => isSame(each, address)) < i ? [duplicate(`${field}[${i}]`, address)] : [],
  );
}

function taintFaults(taints: readonly Taint[], field: string): Cause[] {
  const causes: Cause[] = [];
  const seen = new Set<string>();
  taints.forEach(({ key, value = "", effect }, i) => {
    const path = `${field}[${i}]`;
    if (key !== undefined)
      causes.push(...labelKey(key).map(wrong => invalidValue(`${path}.key`, key, wrong)));
    causes.push(...labelValue(value).map(wrong => invalidValue(`${path}.value`, value, wrong)));
    if ((effect as string) === "") causes.push(required(`${path}.effect`));
    const pair = `${key}:${effect}`;
    if (seen.has(pair))
      causes.push({
        ...duplicate(path, taints[i]),
        message: `Duplicate value: taints must be unique by key and effect pair`,
      });
    seen.add(pair);
  });
  return causes;
}

function statusText(node: Node): string {
  const ready = conditionOf(node, "Ready");
  const text = !ready ? "Unknown" : ready.status === "True" ? "Ready" : "NotReady";
  return node.spec?.unschedulable ? `${text},SchedulingDisabled` : text;
}

function rolesText({ metadata: { labels = {} } }: Node): string {
  const roles = Object.entries(labels).flatMap(([key, value]) => {
    if (key === "kubernetes.io/role" && value) return [value];
    return key.startsWith(roleLabel) && key.length > roleLabel.length ? [key.slice(roleLabel.length)] : [];
  });
  return roles.sort().join(",") || "<none>";
}

function addressOf({ status }: Node, type: string): string {
  return status?.addresses?.find(address => address.type === type)?.address || "<none>";
}
