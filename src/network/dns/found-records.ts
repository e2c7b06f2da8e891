/**
 * What a name of the cluster has, for who asks without packets: zone.ts' answer, with the names that it stands for followed as reply.ts
 * follows them.
 */
import type { Answer } from "dns-packet";
import type { FoundRecord, FoundRecords } from "../../messages/index.ts";
import type { EndpointSlice } from "../../resources/index.ts";
import { mostAliases } from "../dns-names.ts";
import { authority, reversed, ttl, type ZoneFacts, zoneAnswer } from "./zone.ts";

/** Undefined where the name is not one of the cluster's. @param type in capitals, `SRV` */
export function recordsOf(name: string, type: string, facts: ZoneFacts): FoundRecords | undefined {
  const chain: FoundRecord[] = [];
  let current = name;
  for (let aliases = 0; aliases <= mostAliases; aliases++) {
    const found = zoneAnswer(current, type, facts);
    switch (found.is) {
      case "records":
        return { is: "records", records: [...chain, ...found.answers.flatMap(recordOf)] };
      case "alias":
        chain.push({ name: current, type: "CNAME", ttl, data: found.target });
        if (type === "CNAME") return { is: "records", records: chain };
        current = found.target;
        break;
      case "outside":
        return chain.length === 0 ? undefined : { is: "no-data", records: [], outside: current };
      default: {
        const isApex = type === "SOA" && current.toLowerCase().replace(/\.$/, "") === "cluster.local";
        if (!isApex) return { is: found.is, records: [] };
        return { is: "records", records: recordOf(authority(current, facts.store.revision)) };
      }
    }
  }
  return { is: "no-data", records: [] };
}

/** On what the records of a name depend: `namespace/name` of Services, with their slices and pods, and addresses. */
export function recordsDependOn(name: string, facts: ZoneFacts): readonly string[] {
  const keys: string[] = [];
  let current = name;
  for (let aliases = 0; aliases <= mostAliases; aliases++) {
    const wanted = current.toLowerCase().replace(/\.$/, "");
    const address = reversed(wanted);
    if (address !== undefined) {
      const services = facts.servicesAt(address);
      const slices = facts.slicesAt(address);
      const named = [
        ...services.map(({ metadata }) => metadata),
        ...slices.map(({ metadata: { namespace, labels } }) => {
          return { namespace, name: labels?.["kubernetes.io/service-name"] ?? "" };
        }),
      ];
      return [...keys, address, ...named.map(({ namespace, name }) => `${namespace}/${name}`)];
    }
    const [, namespace, service] = wanted
      .replace(/\.cluster\.local$/, "")
      .split(".")
      .toReversed();
    keys.push(`${namespace}/${service}`);
    const found = zoneAnswer(current, "A", facts);
    if (found.is !== "alias") break;
    current = found.target;
  }
  return keys;
}

/** What clients of one address are told of it: an endpoint's first. */
export function addressesIn({ endpoints }: EndpointSlice): string[] {
  return [...new Set((endpoints ?? []).flatMap(({ addresses }) => addresses.slice(0, 1)))];
}

function recordOf(answer: Answer): FoundRecord[] {
  switch (answer.type) {
    case "A":
    case "AAAA":
    case "CNAME":
    case "NS":
    case "PTR": {
      const { name, type, data } = answer;
      return [{ name, type, ttl, data }];
    }
    case "TXT":
      return [{ name: answer.name, type: "TXT", ttl, data: String(answer.data) }];
    case "SRV": {
      const { target, port, priority = 0, weight = 0 } = answer.data;
      return [{ name: answer.name, type: "SRV", ttl, data: { target, port, priority, weight } }];
    }
    case "SOA": {
      const { mname, rname, serial = 0, refresh = 0, retry = 0, expire = 0, minimum = 0 } = answer.data;
      return [
        {
          name: answer.name,
          type: "SOA",
          ttl,
          data: { mname, rname, serial, refresh, retry, expire, minimum },
        },
      ];
    }
    default:
      return [];
  }
}
