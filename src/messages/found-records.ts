/**
 * What DNS has of a name of the cluster, as the network of the main thread tells it to threads (network/records.ts): so programs there can
 * ask Node's resolver of the cluster without any server of DNS.
 */

export type FoundRecord = {
  readonly name: string;
  /** For how many seconds an answer holds. */
  readonly ttl: number;
} & (
  | { readonly type: "A" | "AAAA" | "CNAME" | "NS" | "PTR" | "TXT"; readonly data: string }
  | { readonly type: "SRV"; readonly data: ServiceRecord }
  | { readonly type: "SOA"; readonly data: ZoneRecord }
);

/** Where a named port of a Service is. */
interface ServiceRecord {
  readonly target: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
}

/** Who answers for the zone. */
interface ZoneRecord {
  readonly mname: string;
  readonly rname: string;
  readonly serial: number;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  readonly minimum: number;
}

/** None where the name is there without such records (`no-data`), or is not there (`no-name`). */
export interface FoundRecords {
  readonly is: "records" | "no-data" | "no-name";
  readonly records: readonly FoundRecord[];
  /** A name outside of the cluster that it stands for: what that has, other servers know. */
  readonly outside?: string;
}
