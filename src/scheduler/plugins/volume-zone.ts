/** VolumeZone: a volume that is labelled with a zone or a region can be had only from nodes of that zone or region. */
import { formatLabelSelector, isSame, type PersistentVolume, type Pod } from "../../resources/index.ts";
import { hasClaims, usesClaim, volumesOf } from "../claims.ts";
import { missingLabel } from "../explain.ts";
import { hint, type Look, type Plugin, type Refusal } from "../framework.ts";
import { domainOf, type NodeInfo } from "../node-info.ts";

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
      const wanted = zonesOf(pod, store);
      if (wanted.length === 0) return undefined;
      return {
        filter: nodeInfo => {
          const hasNoZones = keys.every(key => domainOf(nodeInfo, key) === undefined);
          if (hasNoZones) return undefined;
          return wanted.every(zone => isIn(zone, nodeInfo)) ? undefined : elsewhere;
        },
      };
    },
    remedies:
      (pod, { store }) =>
      nodeInfo =>
        zonesOf(pod, store)
          .filter(zone => !isIn(zone, nodeInfo))
          .map(({ key, values, volume, claim }) => {
            const label = missingLabel(
              key,
              formatLabelSelector([{ key, operator: "In", values }]),
              nodeInfo.labels,
            );
            return `${label}, where the volume ${volume} of the claim ${claim} can be had`;
          }),
    hints: [
      hint("PersistentVolume", (_, { type, object, previous }) => {
        const zonesOf = ({ metadata }: PersistentVolume) => keys.map(key => metadata.labels?.[key]);
        return type !== "DELETED" && !(previous && isSame(zonesOf(previous), zonesOf(object)));
      }),
      hint("PersistentVolumeClaim", (pod, { type, object }) => type !== "DELETED" && usesClaim(pod, object)),
      hint("Node", (_, { object, previous }) => previous?.metadata.labels !== object.metadata.labels),
    ],
  };
}

/** A label that a volume of the pod demands of its node. */
interface VolumeZone {
  readonly key: string;
  readonly values: readonly string[];
  readonly volume: string;
  readonly claim: string;
}

function zonesOf(pod: Pod, store: Look["store"]): VolumeZone[] {
  return volumesOf(pod, store).flatMap(({ claim, volume }) =>
    keys.flatMap(key => {
      const value = volume?.metadata.labels?.[key];
      if (!volume || value === undefined) return [];
      const names = { volume: volume.metadata.name, claim: claim.metadata.name };
      return [{ key, values: value.split(separator), ...names }];
    }),
  );
}

function isIn({ key, values }: VolumeZone, nodeInfo: NodeInfo): boolean {
  return values.includes(domainOf(nodeInfo, key) ?? "");
}
