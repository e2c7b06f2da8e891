/**
 * From where a new volume is to be reached, and from where it can be, as by Kubernetes' external-provisioner: a driver that knows places
 * (in the CSINodes) is told which come into question, first that of the node that was chosen; the volume is had on nodes of the places that
 * the driver answers.
 */
import { hash } from "node:crypto";
import type { World } from "../../loop/index.ts";
import { type CSINode, isSame, type PersistentVolume, type StorageClass } from "../../resources/index.ts";
import { type CreateVolumeRequest, DriverError, type Topology } from "../../storage/index.ts";

/**
 * Undefined for a driver that knows no places. Throws a DriverError where none comes into question.
 * @param selected the node that the scheduler chose
 * @param claimName by which claims of a set are spread
 */
export function accessibilityOf(
  storageClass: StorageClass,
  selected: string | undefined,
  claimName: string,
  world: Pick<World, "get" | "list">,
): CreateVolumeRequest["accessibilityRequirements"] {
  const { provisioner: driver } = storageClass;
  const places = world.list("CSINode").flatMap((node): Topology[] => {
    const place = placeOf(node.metadata.name, driver, world);
    return place ? [place] : [];
  });
  const [first] = places;
  if (!first) return undefined;
  // Who has the driver, and is at no place of its own, is where the driver is.
  const isPlaceless = ({ spec }: CSINode) =>
    spec.drivers.some(({ name, topologyKeys = [] }) => name === driver && topologyKeys.length === 0);
  const own = selected === undefined ? undefined : world.get("CSINode", "", selected);
  if (own ? isPlaceless(own) : selected === undefined && world.list("CSINode").some(isPlaceless))
    return undefined;
  const chosen = selected === undefined ? undefined : placeOf(selected, driver, world);
  if (selected !== undefined && !chosen)
    throw new DriverError(
      "Unavailable",
      `error getting CSINode for selected node "${selected}": no topology key found`,
    );
  const allowed = allowedPlaces(storageClass);
  const requisite = distinct(allowed.length > 0 ? allowed : places);
  const start = chosen
    ? requisite.findIndex(each => isWithin(chosen, each))
    : Number.parseInt(hash("sha256", claimName, "hex").slice(0, 8), 16) % requisite.length;
  if (start < 0)
    throw new DriverError(
      "InvalidArgument",
      `selected node "${selected}" is in none of the allowedTopologies`,
    );
  return { requisite, preferred: [...requisite.slice(start), ...requisite.slice(0, start)] };
}

/** Where a node is, as the driver sees it. */
function placeOf(node: string, driver: string, world: Pick<World, "get">): Topology | undefined {
  const own = world.get("CSINode", "", node)?.spec.drivers.find(({ name }) => name === driver);
  const labels = world.get("Node", "", node)?.metadata.labels ?? {};
  const { topologyKeys = [] } = own ?? {};
  if (topologyKeys.length === 0) return undefined;
  return Object.fromEntries(topologyKeys.map(key => [key, labels[key] ?? ""]));
}

/** The places that the class allows; none where it allows all. */
export function allowedPlaces({ allowedTopologies = [] }: StorageClass): Topology[] {
  return allowedTopologies.flatMap(expanded);
}

/** Each combination of the values that a term allows. */
function expanded(term: NonNullable<StorageClass["allowedTopologies"]>[number]): Topology[] {
  let all: Topology[] = [{}];
  for (const { key, values } of term.matchLabelExpressions ?? [])
    all = all.flatMap(each => values.map(value => ({ ...each, [key]: value })));
  return all;
}

function distinct(topologies: readonly Topology[]): Topology[] {
  return topologies.filter((each, i) => topologies.findIndex(other => isSame(other, each)) === i);
}

function isWithin(place: Topology, term: Topology): boolean {
  return Object.entries(term).every(([key, value]) => place[key] === value);
}

/** On which nodes a volume can be had; undefined where on all. */
export function nodeAffinityOf(
  topologies: readonly Topology[] = [],
): NonNullable<PersistentVolume["spec"]>["nodeAffinity"] {
  const terms = topologies.flatMap(each => {
    const matchExpressions = Object.entries(each).map(([key, value]) => ({
      key,
      operator: "In" as const,
      values: [value],
    }));
    return matchExpressions.length > 0 ? [{ matchExpressions }] : [];
  });
  return terms.length > 0 ? { required: { nodeSelectorTerms: terms } } : undefined;
}
