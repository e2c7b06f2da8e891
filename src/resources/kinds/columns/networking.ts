/** What `kubectl get` shows of `networking.k8s.io`: ways in, addresses, policies. */
import type { Column } from "../../definition/index.ts";
import type {
  Ingress,
  IngressClass,
  IPAddress,
  NetworkPolicy,
  ServiceCIDR,
} from "../../generated/kubernetes.gen.ts";
import { balancedText, nameColumn, selectorText, someOf } from "./cells.ts";

export const ingressColumns: readonly Column<Ingress>[] = [
  { name: "Class", cell: ({ spec }) => spec?.ingressClassName ?? "<none>" },
  {
    name: "Hosts",
    cell: ({ spec }) => {
      const rules = spec?.rules ?? [];
      const hosts = rules.flatMap(({ host }) => host || []);
      // What is told of those left out counts the rules without a host too.
      return hosts.length === 0 ? "*" : someOf(hosts, 3, rules.length);
    },
  },
  {
    name: "Address",
    cell: ({ status }) => balancedText(status?.loadBalancer?.ingress),
  },
  { name: "Ports", cell: ({ spec }) => (spec?.tls?.length ? "80, 443" : "80") },
];

export const ingressClassColumns: readonly Column<IngressClass>[] = [
  { name: "Controller", cell: ({ spec }) => spec?.controller ?? "" },
  {
    name: "Parameters",
    cell({ spec }) {
      const { apiGroup, kind, name } = spec?.parameters ?? {};
      if (name === undefined) return "<none>";
      return `${kind}${apiGroup ? `.${apiGroup}` : ""}/${name}`;
    },
  },
];

export const ipAddressColumns: readonly Column<IPAddress>[] = [
  nameColumn,
  {
    name: "ParentRef",
    cell({ spec }) {
      const { group = "", resource = "", namespace, name = "" } = spec?.parentRef ?? {};
      return [`${resource}${group ? `.${group}` : ""}`, namespace, name].filter(Boolean).join("/");
    },
  },
];

export const networkPolicyColumns: readonly Column<NetworkPolicy>[] = [
  { name: "Pod-Selector", cell: ({ spec }) => selectorText(spec?.podSelector) },
];

export const serviceCidrColumns: readonly Column<ServiceCIDR>[] = [
  { name: "CIDRs", cell: ({ spec }) => spec?.cidrs?.join(",") ?? "" },
];
