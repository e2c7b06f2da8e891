/** What must be right in a NetworkPolicy, as in Kubernetes' `pkg/apis/networking/validation`. (What it allows: network/policy/.) */
import type { Cause } from "../../../errors/index.ts";
import type { KindRules } from "../../definition/index.ts";
import { forbidden, invalidValue, misnamed, notSupported, required } from "../../faults.ts";
import type {
  IPBlock,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
} from "../../generated/kubernetes.gen.ts";
import { portName } from "../../names.ts";
import { labelSelectorFaults } from "../../selectors/index.ts";
import { blockFault, isStrictlyWithin } from "./address-block.ts";
import { portFaults } from "./addresses.ts";

const types = ["Egress", "Ingress"];

export const networkPolicyRules: KindRules<NetworkPolicy> = {
  fill(draft) {
    const { policyTypes, egress } = draft.spec ?? {};
    if (!draft.spec || policyTypes?.length) return draft;
    const implied = egress === undefined ? (["Ingress"] as const) : (["Ingress", "Egress"] as const);
    return { ...draft, spec: { ...draft.spec, policyTypes: implied } };
  },
  validate({ spec }) {
    const { podSelector, ingress = [], egress = [], policyTypes = [] } = spec ?? {};
    const causes = podSelector ? labelSelectorFaults(podSelector, "spec.podSelector") : [];
    ingress.forEach(({ ports = [], from = [] }, i) => {
      causes.push(...ruleFaults(ports, from, `spec.ingress[${i}]`, "from"));
    });
    egress.forEach(({ ports = [], to = [] }, i) => {
      causes.push(...ruleFaults(ports, to, `spec.egress[${i}]`, "to"));
    });
    if (policyTypes.length > types.length)
      return causes.concat(
        invalidValue("spec.policyTypes", policyTypes, "may not specify more than two policyTypes"),
      );
    policyTypes.forEach((type, i) => {
      if (!types.includes(type)) causes.push(notSupported(`spec.policyTypes[${i}]`, type, types));
    });
    return causes;
  },
};

function ruleFaults(
  ports: readonly NetworkPolicyPort[],
  peers: readonly NetworkPolicyPeer[],
  field: string,
  direction: string,
): Cause[] {
  return [
    ...ports.flatMap((port, i) => policyPortFaults(port, `${field}.ports[${i}]`)),
    ...peers.flatMap((peer, i) => peerFaults(peer, `${field}.${direction}[${i}]`)),
  ];
}

function policyPortFaults({ port, endPort }: NetworkPolicyPort, field: string): Cause[] {
  const path = `${field}.endPort`;
  if (port === undefined) {
    const detail = "may not be specified when `port` is not specified";
    return endPort === undefined ? [] : [invalidValue(path, endPort, detail)];
  }
  if (typeof port === "string") {
    const detail = "may not be specified when `port` is non-numeric";
    const wrong = misnamed(portName, port, `${field}.port`);
    return endPort === undefined ? wrong : [invalidValue(path, endPort, detail), ...wrong];
  }
  const causes = portFaults(port, `${field}.port`);
  if (endPort === undefined) return causes;
  if (endPort < port) causes.push(invalidValue(path, endPort, "must be greater than or equal to `port`"));
  return causes.concat(portFaults(endPort, path));
}

function peerFaults({ podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer, field: string): Cause[] {
  if (!podSelector && !namespaceSelector && !ipBlock) return [required(field, "must specify a peer")];
  const causes: Cause[] = [];
  if (podSelector) causes.push(...labelSelectorFaults(podSelector, `${field}.podSelector`));
  if (namespaceSelector) causes.push(...labelSelectorFaults(namespaceSelector, `${field}.namespaceSelector`));
  if (ipBlock) causes.push(...ipBlockFaults(ipBlock, `${field}.ipBlock`));
  if (ipBlock && (podSelector || namespaceSelector))
    causes.push(forbidden(field, "may not specify both ipBlock and another peer"));
  return causes;
}

function ipBlockFaults({ cidr, except = [] }: IPBlock, field: string): Cause[] {
  if (!cidr) return [required(`${field}.cidr`)];
  const fault = blockFault(cidr);
  if (fault) return [invalidValue(`${field}.cidr`, cidr, fault)];
  return except.flatMap((each, i) => {
    const path = `${field}.except[${i}]`;
    const wrong = blockFault(each);
    if (wrong) return [invalidValue(path, each, wrong)];
    if (isStrictlyWithin(each, cidr)) return [];
    return [invalidValue(path, each, "must be a strict subset of `cidr`")];
  });
}
