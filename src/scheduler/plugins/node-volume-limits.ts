/**
 * NodeVolumeLimits: a node takes no more volumes of a driver than the driver says that it can, in the CSINode of the node
 * (`spec.drivers[].allocatable.count`). A volume that several pods of a node have counts once.
 */
import { type CSINode, hasEnded, type Pod } from "../../resources/index.ts";
import { hasClaims, usesClaim, volumesOf } from "../claims.ts";
import { namesOf } from "../explain.ts";
import { hint, type Look, type Plugin, type Refusal } from "../framework.ts";
import type { NodeInfo } from "../node-info.ts";

const tooMany: Refusal = { reasons: ["node(s) exceed max volume count"], isFinal: false };

/** The volumes, each by what tells it from others, with its driver. */
type Drivers = ReadonlyMap<string, string>;

export function nodeVolumeLimits(): Plugin {
  return {
    name: "NodeVolumeLimits",
    preFilter(pod, { store }) {
      if (!hasClaims(pod)) return undefined;
      const wanted = driversOf([pod], store);
      if (wanted.size === 0) return undefined;
      return { filter: nodeInfo => (overfull(wanted, nodeInfo, store).length > 0 ? tooMany : undefined) };
    },
    remedies(pod, { store }) {
      const wanted = driversOf([pod], store);
      return nodeInfo =>
        overfull(wanted, nodeInfo, store).map(({ driver, limit }) => {
          const users = [...nodeInfo.pods.values()].filter(other =>
            [...driversOf([other], store).values()].includes(driver),
          );
          return `fewer of its ${limit} volumes of ${driver} are taken, which ${namesOf(users)} have`;
        });
    },
    hints: [
      hint("Pod", (_, { type, object, previous }) => {
        const isOver = type === "DELETED" || hasEnded(object);
        return isOver && previous !== undefined && hasClaims(previous);
      }),
      hint("CSINode", (_, { type, object, previous }) => {
        const limits = ({ spec }: CSINode) =>
          new Map(spec.drivers.map(({ name, allocatable }) => [name, allocatable?.count]));
        const before = previous && limits(previous);
        // A driver without a limit takes any number.
        const isMore = (name: string, count = Number.POSITIVE_INFINITY) =>
          count > (before?.has(name) ? (before.get(name) ?? Number.POSITIVE_INFINITY) : 0);
        return type !== "DELETED" && [...limits(object)].some(([name, count]) => isMore(name, count));
      }),
      hint("PersistentVolumeClaim", (pod, { type, object }) => type === "ADDED" && usesClaim(pod, object)),
    ],
  };
}

/** Of which driver there would be more on the node than it takes. */
function overfull(
  wanted: Drivers,
  { node, pods }: NodeInfo,
  store: Look["store"],
): { readonly driver: string; readonly limit: number }[] {
  const drivers = store.get("CSINode", "", node.metadata.name)?.spec.drivers ?? [];
  const limited = drivers.flatMap(({ name, allocatable }) =>
    allocatable?.count === undefined ? [] : [{ driver: name, limit: allocatable.count }],
  );
  if (limited.length === 0) return [];
  const there = driversOf([...pods.values()].filter(hasClaims), store);
  return limited.filter(({ driver, limit }) => {
    const added = [...wanted].filter(([volume, of]) => of === driver && !there.has(volume)).length;
    if (added === 0) return false;
    return [...there.values()].filter(of => of === driver).length + added > limit;
  });
}

/** A claim that is not bound yet gets its volume from the driver of its class. */
function driversOf(pods: readonly Pod[], store: Look["store"]): Drivers {
  const drivers = new Map<string, string>();
  for (const pod of pods)
    for (const { claim, volume } of volumesOf(pod, store)) {
      const { namespace, name } = claim.metadata;
      const className = claim.spec?.storageClassName ?? "";
      const csi = volume?.spec?.csi;
      if (csi) drivers.set(`${csi.driver}/${csi.volumeHandle}`, csi.driver);
      else if (!volume) {
        const driver = store.get("StorageClass", "", className)?.provisioner;
        if (driver) drivers.set(`${namespace}/${name}`, driver);
      }
    }
  return drivers;
}
