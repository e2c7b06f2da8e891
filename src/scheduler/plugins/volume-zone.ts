/** VolumeZone: a volume that is labelled with a zone or a region can be had only from nodes of that zone or region. */
import { hasClaims, volumesOf } from "../claims.ts";
import { hint, type Plugin, type Refusal } from "../framework.ts";
import { domainOf } from "../node-info.ts";

const elsewhere: Refusal = { reasons: ["node(s) had no available volume zone"], isFinal: true };
const keys = [
  "topology.kubernetes.io/zone",
  "topology.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region",
];
/** Between the zones of a volume that is in several. */
const separator = "__";

export function volumeZone(): Plugin {
  return {
    name: "VolumeZone",
    preFilter(pod, { store }) {
      if (!hasClaims(pod)) return undefined;
      const wanted = volumesOf(pod, store).flatMap(({ volume }) =>
        keys.flatMap(key => {
          const value = volume?.metadata.labels?.[key];
          return value === undefined ? [] : [{ key, values: value.split(separator) }];
        }),
      );
      if (wanted.length === 0) return undefined;
      return {
        filter: nodeInfo => {
          const hasNoZones = keys.every(key => domainOf(nodeInfo, key) === undefined);
          if (hasNoZones) return undefined;
          return wanted.every(({ key, values }) => values.includes(domainOf(nodeInfo, key) ?? ""))
            ? undefined
            : elsewhere;
        },
      };
    },
    hints: [
      hint("PersistentVolume", (_, { type }) => type !== "DELETED"),
      hint("PersistentVolumeClaim", (_, { type }) => type !== "DELETED"),
      hint("Node", (_, { object, previous }) => previous?.metadata.labels !== object.metadata.labels),
    ],
  };
}
