/**
 * Why an object is not what a caller waits for: what is known of it and of what it owns, put together. The reason often stands
 * two objects further on (a ReplicaSet, its Container, that one's pod) and one moment back: how the last run ended.
 */
import { didYouMean } from "../errors/index.ts";
import { isTerminating, type KubernetesObject, type Pod } from "../resources/index.ts";
import type { ObjectKey, Store } from "../store/index.ts";
import { oldestFirst } from "./event-order.ts";

/** What a report is made of: the objects that its reader may see. */
export interface ReportReader extends Pick<Store, "list"> {
  dependents(ownerUid: string): KubernetesObject[];
}

/** So many objects are looked at, and so many causes told. */
const mostObjects = 200;
const mostCauses = 4;
const longest = 600;

/** The causes that are known, the last warning, and the object's status, as one text. */
export function reportOn(
  reader: ReportReader,
  { kind, namespace, name }: ObjectKey,
  object: KubernetesObject | undefined,
): string {
  if (object === undefined) {
    const names = reader.list(kind, namespace ? { namespace } : {}).map(({ metadata }) => metadata.name);
    return `there is no such object${didYouMean(name, names)}`;
  }
  const all = withOwned(reader, object);
  const causes = new Set(all.flatMap(each => causesIn(each).map(cause => `${nameOf(each)}: ${cut(cause)}`)));
  const told = [...causes].slice(0, mostCauses);
  if (causes.size > mostCauses) told.push(`and ${causes.size - mostCauses} more`);
  const warning = lastWarning(reader, all);
  if (warning !== undefined) told.push(warning);
  return [...told, `its status was last ${cut(JSON.stringify(object.status ?? {}), 4 * longest)}`].join("; ");
}

/** The object, what it owns, what that owns, and so on. */
function withOwned(reader: ReportReader, object: KubernetesObject): KubernetesObject[] {
  const all = new Set([object]);
  for (const owner of all) {
    for (const owned of reader.dependents(owner.metadata.uid)) {
      if (all.size === mostObjects) return [...all];
      all.add(owned);
    }
  }
  return [...all];
}

function causesIn(object: KubernetesObject): string[] {
  const { conditions = [], ...status } = (object.status ?? {}) as Status;
  const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  const causes = containers.flatMap(containerCauses);
  if (isTerminating(object)) causes.push("it is being deleted");
  // That containers are not ready is told better by the containers.
  const more = causes.length > 0 ? [] : conditions.filter(({ message }) => message);
  return [
    ...causes,
    ...more.filter(isBad).map(({ type, reason, message }) => `${type}: ${reason}: ${message}`),
  ];
}

interface Status extends Partial<NonNullable<Pod["status"]>> {
  readonly conditions?: readonly { type: string; status: string; reason?: string; message?: string }[];
}

/** False is bad of all conditions but those that are about what failed. */
function isBad({ type, status }: { type: string; status: string }): boolean {
  return /Fail|Nothing|Pressure|Unavailable|Disruption/.test(type) ? status === "True" : status === "False";
}

function containerCauses({ name, ready, started, state, lastState }: ContainerStatus): string[] {
  const { waiting, terminated, running } = state ?? {};
  const ended = terminated ?? (ready ? undefined : lastState?.terminated);
  const causes: string[] = [];
  if (waiting) causes.push([`is waiting: ${waiting.reason}`, waiting.message].filter(Boolean).join(": "));
  if (running && !ready) causes.push(`runs, but is not ${started === false ? "started" : "ready"}`);
  if (ended) {
    const how = `ended with exit code ${ended.exitCode} (${ended.reason ?? "Error"})`;
    causes.push([terminated ? how : `the last time it ${how}`, ended.message].filter(Boolean).join(": "));
  }
  return causes.length > 0 ? [`container ${name} ${causes.join("; ")}`] : [];
}

type ContainerStatus = NonNullable<NonNullable<Pod["status"]>["containerStatuses"]>[number];

function lastWarning(reader: ReportReader, objects: readonly KubernetesObject[]): string | undefined {
  const about = new Map(objects.map(object => [object.metadata.uid, object]));
  const warnings = reader
    .list("Event")
    .filter(({ type, involvedObject }) => type === "Warning" && about.has(involvedObject.uid ?? ""));
  const last = oldestFirst(warnings).at(-1);
  const object = about.get(last?.involvedObject.uid ?? "");
  return last && object && `last warning, of ${nameOf(object)}: ${last.reason}: ${cut(last.message ?? "")}`;
}

function nameOf({ kind, metadata }: KubernetesObject): string {
  return `${kind} ${metadata.namespace ? `${metadata.namespace}/` : ""}${metadata.name}`;
}

function cut(text: string, length = longest): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
