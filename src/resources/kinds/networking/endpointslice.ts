/** EndpointSlice (`discovery.k8s.io/v1`): where a Service's messages can go at the moment. Kept by its controller. */
import type { Cause } from "../../../errors/index.ts";
import type { OwnPart } from "../../definition/index.ts";
import { duplicate, forbidden, invalidValue, required } from "../../faults.ts";
import type { Endpoint, EndpointPort, EndpointSlice } from "../../generated/kubernetes.gen.ts";
import { dnsLabel, dnsSubdomain } from "../../names.ts";
import { someOf } from "../columns/cells.ts";
import { addressFaults, isIPv4, isIPv6, portFaults } from "./addresses.ts";

const maxAddresses = 100;
const maxEndpoints = 1000;

export const endpointslice: OwnPart<EndpointSlice> = {
  columns: [
    { name: "AddressType", cell: ".addressType" },
    {
      name: "Ports",
      cell: ({ ports }) =>
        someOf((ports ?? []).map(({ port, name }) => String(port ?? name ?? "*"))) || "<unset>",
    },
    {
      name: "Endpoints",
      cell: ({ endpoints }) => someOf((endpoints ?? []).flatMap(each => each.addresses)) || "<unset>",
    },
  ],
  rules: {
    validate(slice, old) {
      const { endpoints = [], ports = [], addressType } = slice;
      const causes: Cause[] = [];
      if (endpoints.length > maxEndpoints) {
        causes.push(invalidValue("endpoints", endpoints.length, `must have at most ${maxEndpoints} items`));
      }
      endpoints.forEach((endpoint, i) => {
        causes.push(...endpointFaults(endpoint, addressType, `endpoints[${i}]`));
      });
      causes.push(...endpointPortFaults(ports, "ports"));
      if (old && addressType !== old.addressType) {
        causes.push(invalidValue("addressType", addressType, "field is immutable"));
      }
      return causes;
    },
  },
};

function endpointFaults({ addresses, hostname }: Endpoint, addressType: string, field: string): Cause[] {
  const causes: Cause[] = [];
  const path = `${field}.addresses`;
  if (addresses?.length === 0) causes.push(required(path, "must contain at least 1 address"));
  if ((addresses?.length ?? 0) > maxAddresses) {
    causes.push(invalidValue(path, addresses.length, `must have at most ${maxAddresses} items`));
  }
  addresses?.forEach((address, i) => {
    causes.push(...typedAddressFaults(address, addressType, `${path}[${i}]`));
  });
  if (hostname)
    causes.push(...dnsLabel(hostname).map(wrong => invalidValue(`${field}.hostname`, hostname, wrong)));
  return causes;
}

function typedAddressFaults(address: string, addressType: string, field: string): Cause[] {
  if (addressType === "FQDN") return dnsSubdomain(address).map(wrong => invalidValue(field, address, wrong));
  const wrong = addressFaults(address, field);
  if (wrong.length > 0) return wrong;
  if (addressType === "IPv4" && !isIPv4(address))
    return [invalidValue(field, address, "must be an IPv4 address")];
  if (addressType === "IPv6" && !isIPv6(address))
    return [invalidValue(field, address, "must be an IPv6 address")];
  if (/^(127\.|0\.0\.0\.0$|::1$|::$)/.test(address)) {
    // Kubernetes refuses these. In k4s a loopback address is where a container really is.
    return address.startsWith("127.") ? [] : [forbidden(field, "may not be unspecified")];
  }
  return [];
}

function endpointPortFaults(ports: readonly EndpointPort[], field: string): Cause[] {
  const causes: Cause[] = [];
  const names = new Set<string>();
  ports.forEach(({ name = "", port }, i) => {
    const path = `${field}[${i}].name`;
    if (name) causes.push(...dnsLabel(name).map(wrong => invalidValue(path, name, wrong)));
    if (names.has(name)) causes.push(duplicate(path, name));
    names.add(name);
    if (port !== undefined) causes.push(...portFaults(port, `${field}[${i}].port`));
  });
  return causes;
}
