/**
 * The timeline: what happened, told from the store's history. Each write becomes a moment: who wrote, when, to which object,
 * what is different since, and which write caused it. Pure functions over changes; nothing is recorded for them.
 */
import { isSame } from "../resources/index.ts";
import type { Change, ObjectKey, Store } from "../store/index.ts";

export interface Moment {
  /** In milliseconds since 1970. */
  readonly at: number;
  readonly revision: number;
  /** `replicaset-controller`, `default-scheduler`, `node/node-0`, `user`. */
  readonly actor: string;
  readonly verb: "created" | "changed" | "deleted";
  readonly key: ObjectKey;
  /** What is different: `spec.nodeName: node-0`, `status.phase: Pending → Running`, `Ready: False → True`. */
  readonly differences: readonly string[];
  /** The write that made the actor write, where history still has it. */
  readonly because?: Pick<Change, "actor" | "type" | "key" | "revision">;
}

/** What happened to one object, or, after a revision, to all, in order. */
export function timeline(store: Pick<Store, "history">, of: ObjectKey | { after: number }): Moment[] {
  const known = new Map(store.history({ after: 0 }).map(change => [change.revision, change]));
  return store.history(of).map(change => momentOf(change, known.get(change.cause ?? Number.NaN)));
}

/** The same for a chain of writes, each of which was caused by the one behind it. */
export function momentsOf(chain: readonly Change[]): Moment[] {
  return chain.map((change, i) => momentOf(change, chain[i + 1]));
}

function momentOf(change: Change, cause?: Change): Moment {
  const { at, revision, actor, type, key, object, previous } = change;
  const differences = type === "MODIFIED" ? differencesBetween(previous, object) : [];
  const moment = { at, revision, actor, verb: verbs[type], key, differences };
  if (!cause) return moment;
  const { actor: who, type: what, key: which, revision: when } = cause;
  return { ...moment, because: { actor: who, type: what, key: which, revision: when } };
}

/** `default-scheduler changed Pod web-0 (spec.nodeName: node-0), because user created Pod web-0`. */
export function sentenceOf({ actor, verb, key, differences, because }: Moment): string {
  const what = differences.length > 0 ? ` (${differences.join(", ")})` : "";
  const why = because ? `, because ${because.actor} ${verbs[because.type]} ${nameOf(because.key)}` : "";
  return `${actor} ${verb} ${nameOf(key)}${what}${why}`;
}

const verbs = { ADDED: "created", MODIFIED: "changed", DELETED: "deleted" } as const;

/** What follows from every write, and tells a reader nothing. */
const dull = new Set([
  "resourceVersion",
  "generation",
  "observedGeneration",
  "managedFields",
  "lastTransitionTime",
  "lastHeartbeatTime",
  "lastProbeTime",
]);

/** What is different in `after`, a text for each field, in the order of the fields. */
export function differencesBetween(before: unknown, after: unknown, path = ""): string[] {
  if (before === after) return [];
  // What is absent has no parts, if what it is compared with has some.
  const was = partsOf(before === undefined && partsOf(after) ? {} : before);
  const is = partsOf(after === undefined && partsOf(before) ? {} : after);
  if (!was || !is) {
    const change = isPlain(before) && isPlain(after) ? valueChange(before, after) : "";
    return isSame(before, after) ? [] : [`${path}${change}`];
  }
  const names = new Set([...Object.keys(was), ...Object.keys(is)]);
  return [...names].flatMap(name =>
    dull.has(name) ? [] : differencesBetween(was[name], is[name], pathTo(name, path, after ?? before)),
  );
}

/** The parts of a map, or of a list whose elements go by name or type (containers, conditions); of nothing, none. */
function partsOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (Array.isArray(value)) {
    const names = value.map(nameIn);
    return names.includes(undefined)
      ? undefined
      : Object.fromEntries(value.map((part, i) => [names[i], statusIn(part)]));
  }
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
}

/** A condition is told by its status; its reason and message are the event's to tell. */
function statusIn(part: { readonly type?: unknown; readonly status?: unknown }): unknown {
  return part.type !== undefined && part.status !== undefined ? part.status : part;
}

function nameIn(part: { readonly name?: unknown; readonly type?: unknown } | null): string | undefined {
  const name = part?.name ?? part?.type;
  return typeof name === "string" ? name : undefined;
}

function pathTo(name: string, path: string, parent: unknown): string {
  if (path === "" || path.endsWith("conditions")) return name;
  return Array.isArray(parent) ? `${path}[${name}]` : `${path}.${name}`;
}

function isPlain(value: unknown): boolean {
  return typeof value !== "object" || value === null;
}

function valueChange(before: unknown, after: unknown): string {
  if (before === undefined) return `: ${after}`;
  return after === undefined ? " removed" : `: ${before} → ${after}`;
}

function nameOf({ kind, name }: ObjectKey): string {
  return `${kind} ${name}`;
}
