/** What `kubectl get` shows of `networking.k8s.io`: ways in, addresses, policies. */
import type { Column } from "../../definition/index.ts";
import type {
  Ingress,
  IngressClass,
  IPAddress,
  NetworkPolicy,
  ServiceCIDR,
} from "../../generated/kubernetes.gen.ts";
import { nameColumn, selectorText, someOf } from "./cells.ts";

export const ingressColumns: readonly Column<Ingress>[] = [
  { name: "Class", cell: ({ spec }) => spec?.ingressClassName ?? "<none>" },
  {
    name: "Hosts",
    cell: ({ spec }) => {
      const hosts = (spec?.rules ?? []).map(({ host }) => host || "*");
      return hosts.length === 0 ? "*" : someOf(hosts);
    },
  },
  {
    name: "Address",
    cell: ({ status }) =>
      (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || "").join(","),
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
