/**
 * What must be right in EndpointSlices, as in Kubernetes' `pkg/apis/discovery/validation`, and in the older Endpoints, as in
 * `pkg/apis/core/validation`: addresses that can be reached, ports that are told apart.
 */
import type { Cause } from "../../../errors/index.ts";
import type { KindRules } from "../../definition/index.ts";
import { duplicate, immutable, invalidValue, misnamed, required, tooMany } from "../../faults.ts";
import type {
  Endpoint,
  EndpointAddress,
  EndpointHints,
  EndpointPort,
  EndpointSlice,
  EndpointSubset,
  Endpoints,
} from "../../generated/kubernetes.gen.ts";
import { dnsLabel, dnsSubdomain, fullyQualifiedName, labelValue, qualifiedName } from "../../names.ts";
import type { Draft } from "../../object.ts";
import { addressFaults, isIPv4, isIPv6, portFaults } from "./addresses.ts";
import { containerAddressFaults } from "./special-addresses.ts";

const maxAddresses = 100;
const maxEndpoints = 1000;
const maxPorts = 20_000;
const maxHints = 8;

export function endpointSliceFaults(slice: Draft<EndpointSlice>, old?: EndpointSlice): Cause[] {
  const { endpoints = [], ports = [], addressType } = slice;
  return [
    ...slicePortFaults(ports, "ports"),
    ...(endpoints.length > maxEndpoints
      ? [tooMany("endpoints", endpoints.length, maxEndpoints)]
      : endpoints.flatMap((endpoint, i) => endpointFaults(endpoint, addressType, `endpoints[${i}]`))),
    ...(old && addressType !== old.addressType ? [immutable("addressType", addressType)] : []),
  ];
}

function endpointFaults(endpoint: Endpoint, addressType: string, field: string): Cause[] {
  const { addresses = [], hostname, nodeName, hints } = endpoint;
  const path = `${field}.addresses`;
  const causes: Cause[] = [];
  if (addresses.length === 0) causes.push(required(path, "must contain at least 1 address"));
  if (addresses.length > maxAddresses) causes.push(tooMany(path, addresses.length, maxAddresses));
  addresses.forEach((address, i) => {
    causes.push(...typedAddressFaults(address, addressType, `${path}[${i}]`));
  });
  causes.push(...misnamed(dnsSubdomain, nodeName, `${field}.nodeName`));
  causes.push(...misnamed(dnsLabel, hostname, `${field}.hostname`));
  return hints ? causes.concat(hintFaults(hints, `${field}.hints`)) : causes;
}

function typedAddressFaults(address: string, addressType: string, field: string): Cause[] {
  if (addressType === "FQDN") return misnamed(fullyQualifiedName, address, field);
  const wrong = addressFaults(address, field);
  if (wrong.length > 0) return wrong;
  if (addressType === "IPv4" && !isIPv4(address))
    return [invalidValue(field, address, "must be an IPv4 address")];
  if (addressType === "IPv6" && !isIPv6(address))
    return [invalidValue(field, address, "must be an IPv6 address")];
  return containerAddressFaults(address, field);
}

function hintFaults({ forZones = [], forNodes = [] }: EndpointHints, field: string): Cause[] {
  const lists = [
    { hints: forZones, path: `${field}.forZones`, rule: labelValue },
    { hints: forNodes, path: `${field}.forNodes`, rule: dnsSubdomain },
  ];
  return lists.flatMap(({ hints, path, rule }) => {
    if (hints.length > maxHints) return [tooMany(path, hints.length, maxHints)];
    const names = hints.map(({ name }) => name);
    return names.flatMap((name, i) => [
      ...(names.indexOf(name) < i ? [duplicate(`${path}[${i}].name`, name)] : []),
      ...misnamed(rule, name, `${path}[${i}].name`),
    ]);
  });
}

function slicePortFaults(ports: readonly EndpointPort[], field: string): Cause[] {
  if (ports.length > maxPorts) return [tooMany(field, ports.length, maxPorts)];
  const names = new Set<string>();
  return ports.flatMap(({ name = "", port, appProtocol }, i) => {
    const path = `${field}[${i}]`;
    const isTaken = names.has(name);
    names.add(name);
    return [
      ...(name ? misnamed(dnsLabel, name, `${path}.name`) : []),
      ...(isTaken ? [duplicate(`${path}.name`, name)] : []),
      ...(port === undefined ? [] : portFaults(port, `${path}.port`)),
      ...misnamed(qualifiedName, appProtocol, `${path}.appProtocol`),
    ];
  });
}

export const endpointsRules: KindRules<Endpoints> = {
  validate: ({ subsets = [] }) => subsets.flatMap((subset, i) => subsetFaults(subset, `subsets[${i}]`)),
};

function subsetFaults({ addresses = [], notReadyAddresses = [], ports = [] }: EndpointSubset, field: string) {
  const isEmpty = addresses.length === 0 && notReadyAddresses.length === 0;
  const missing = "must specify `addresses` or `notReadyAddresses`";
  return [
    ...(isEmpty ? [required(field, missing)] : []),
    ...addresses.flatMap((each, i) => subsetAddressFaults(each, `${field}.addresses[${i}]`)),
    ...notReadyAddresses.flatMap((each, i) => subsetAddressFaults(each, `${field}.notReadyAddresses[${i}]`)),
    ...ports.flatMap(({ name, port, appProtocol }, i) => {
      const path = `${field}.ports[${i}]`;
      return [
        ...(name ? misnamed(dnsLabel, name, `${path}.name`) : []),
        ...(!name && ports.length > 1 ? [required(`${path}.name`)] : []),
        ...(port === undefined ? [] : portFaults(port, `${path}.port`)),
        ...misnamed(qualifiedName, appProtocol, `${path}.appProtocol`),
      ];
    }),
  ];
}

function subsetAddressFaults({ ip, hostname, nodeName }: EndpointAddress, field: string): Cause[] {
  const wrong = ip === undefined ? [] : addressFaults(ip, `${field}.ip`);
  return [
    ...wrong,
    ...(hostname ? misnamed(dnsLabel, hostname, `${field}.hostname`) : []),
    ...misnamed(dnsSubdomain, nodeName, `${field}.nodeName`),
    ...(ip === undefined || wrong.length > 0 ? [] : containerAddressFaults(ip, `${field}.ip`)),
  ];
}
