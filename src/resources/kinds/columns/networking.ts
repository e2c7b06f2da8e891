/** What `kubectl get` shows of `networking.k8s.io`: ways in, addresses, policies. */
import type { Column } from "../../definition/index.ts";
import type {
  Ingress,
  IngressClass,
  IPAddress,
  NetworkPolicy,
  ServiceCIDR,
} from "../../generated/kubernetes.gen.ts";
import { balancedText, nameColumn, selectorText } from "./cells.ts";

export const ingressColumns: readonly Column<Ingress>[] = [
  { name: "Class", cell: ({ spec }) => spec?.ingressClassName ?? "<none>" },
  {
    name: "Hosts",
    cell: ({ spec }) => hostsText(spec?.rules),
  },
  {
    name: "Address",
    cell: ({ status }) => balancedText(status?.loadBalancer?.ingress),
  },
  { name: "Ports", cell: ({ spec }) => (spec?.tls?.length ? "80, 443" : "80") },
];

const mostHosts = 3;

/** The first hosts. Once three have been told, every rule after them counts as one more, with a host or without. */
function hostsText(rules: readonly { readonly host?: string }[] = []): string {
  const withHost = rules.flatMap(({ host }, place) => (host ? [{ host, place }] : []));
  const shown = withHost.slice(0, mostHosts);
  if (shown.length === 0) return "*";
  const text = shown.map(({ host }) => host).join(",");
  const last = shown[mostHosts - 1]?.place ?? rules.length;
  return last < rules.length - 1 ? `${text} + ${rules.length - mostHosts} more...` : text;
}

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
      if (!spec?.parentRef) return "<none>";
      const { group, resource = "", namespace, name = "" } = spec.parentRef;
      const resourceText = `${resource}${group ? `.${group}` : ""}`.toLowerCase();
      return `${resourceText}/${namespace ? `${namespace}/` : ""}${name}`;
    },
  },
];

export const networkPolicyColumns: readonly Column<NetworkPolicy>[] = [
  { name: "Pod-Selector", cell: ({ spec }) => selectorText(spec?.podSelector) },
];

export const serviceCidrColumns: readonly Column<ServiceCIDR>[] = [
  { name: "CIDRs", cell: ({ spec }) => spec?.cidrs?.join(",") ?? "" },
];
