/**
 * The managers of an object's fields, as `metadata.managedFields` lists them: who wrote, how (Apply or Update), in which version,
 * through which subresource, when last, and which fields. Here they are read, put in order and written.
 */
import { setBounded } from "../../outside/index.ts";
import type { ObjectMeta } from "../object.ts";
import { type FieldSet, isEmpty, noFields, ordered, readFieldSet } from "./field-set.ts";
import { compareTexts } from "./go-json.ts";

export interface Manager {
  readonly name: string;
  readonly operation: "Apply" | "Update";
  /** The version in which it last wrote, and in which its fields are named. */
  readonly apiVersion: string;
  readonly subresource?: string;
  /** Absent where it applied only what was so already. */
  readonly time?: string;
  readonly fields: FieldSet;
}

/** One of them as `metadata.managedFields` has it. */
export interface ManagedFieldsEntry {
  readonly manager?: string;
  readonly operation?: string;
  readonly apiVersion?: string;
  readonly time?: string;
  readonly fieldsType?: string;
  readonly fieldsV1?: FieldSet;
  readonly subresource?: string;
}

/** By what tells them apart: name, operation, subresource, and, for updates, the version. */
export type Managers = Map<string, Manager>;

/** Who writes, told apart from all others. The order of these texts is that in which Kubernetes lists conflicts. */
export function identityOf({
  name,
  operation,
  apiVersion,
  subresource,
}: Omit<Manager, "time" | "fields">): string {
  const version = operation === "Update" ? { apiVersion } : {};
  return JSON.stringify({
    manager: name || undefined,
    operation,
    ...version,
    subresource: subresource || undefined,
  });
}

type Growing<T> = { -readonly [Key in keyof T]: T[Key] };
type Entries = ObjectMeta["managedFields"];

/** What a list of managed fields says. Throws SyntaxError for what cannot be read. */
export function readManagers(entries: Entries = []): Managers {
  const managers: Managers = new Map();
  for (const entry of entries) {
    const manager = readManager(entry);
    managers.set(identityOf(manager), manager);
    if (Object.isFrozen(entry) && own.has(manager.fields)) kept.set(manager, entry as ManagedFieldsEntry);
  }
  return managers;
}

function readManager(entry: unknown): Manager {
  const { manager, operation, apiVersion, subresource, time, fieldsType, fieldsV1 } = (entry ??
    {}) as Readonly<Record<string, unknown>>;
  if (operation !== "Apply" && operation !== "Update")
    throw new SyntaxError("operation must be `Apply` or `Update`");
  if (typeof apiVersion !== "string" || apiVersion === "")
    throw new SyntaxError("apiVersion must not be empty");
  if (fieldsType !== "FieldsV1") throw new SyntaxError(`invalid fieldsType ${JSON.stringify(fieldsType)}`);
  return {
    name: typeof manager === "string" ? manager : "",
    operation,
    apiVersion,
    ...(typeof subresource === "string" && subresource && { subresource }),
    ...(typeof time === "string" && { time }),
    fields: fieldsV1 === undefined || fieldsV1 === null ? noFields : setOf(fieldsV1),
  };
}

/** True where a writer asks for the managers to be forgotten: an empty list, or one empty entry. */
export function isReset(entries: Entries): boolean {
  if (!Array.isArray(entries)) return false;
  const [first] = entries as readonly unknown[];
  if (entries.length > 1) return false;
  return (
    entries.length === 0 || (typeof first === "object" && first !== null && Object.keys(first).length === 0)
  );
}

/** The list, appliers first, each by time. Undefined where nobody manages anything. */
export function writtenManagers(managers: Managers): Entries {
  const all = [...managers.values()].filter(({ fields }) => !isEmpty(fields));
  if (all.length === 0) return undefined;
  if (all.length > 1) all.sort(compareManagers);
  return all.map(entryOf);
}

/** As Kubernetes writes it, in this order. */
function entryOf(manager: Manager): ManagedFieldsEntry {
  const before = kept.get(manager);
  if (before) return before;
  const { name, operation, apiVersion, subresource, time, fields } = manager;
  const entry: Growing<ManagedFieldsEntry> = {};
  if (name) entry.manager = name;
  entry.operation = operation;
  entry.apiVersion = apiVersion;
  if (time !== undefined) entry.time = time;
  entry.fieldsType = "FieldsV1";
  entry.fieldsV1 = sharedSet(fields);
  if (subresource) entry.subresource = subresource;
  return entry;
}

/** What was read of a manager, which stays as long as nothing of it changes. */
const kept = new WeakMap<Manager, ManagedFieldsEntry>();

function compareManagers(one: Manager, other: Manager): number {
  return (
    compareTexts(one.operation, other.operation) ||
    secondsOf(one) - secondsOf(other) ||
    compareTexts(one.name, other.name) ||
    compareTexts(one.apiVersion, other.apiVersion) ||
    compareTexts(one.subresource ?? "", other.subresource ?? "")
  );
}

export function secondsOf({ time }: Pick<Manager, "time">): number {
  return time === undefined ? 0 : Math.floor(Date.parse(time) / 1_000);
}

// --- Sets are shared: thousands of pods of one template have the same, and a manager's is read at each write.

/** Sets as they were written, by what was written. */
const known = new Map<string, FieldSet>();
const knownLimit = 1_000;
/** What was written here is a set already. */
const own = new WeakSet<object>();

function setOf(fieldsV1: unknown): FieldSet {
  if (typeof fieldsV1 === "object" && fieldsV1 !== null && own.has(fieldsV1)) return fieldsV1 as FieldSet;
  return readFieldSet(fieldsV1);
}

/** The set as `fieldsV1`; the same object for sets that are the same, as far as these are remembered. */
export function sharedSet(fields: FieldSet): FieldSet {
  if (own.has(fields)) return fields;
  const set = ordered(fields);
  const text = JSON.stringify(set);
  const before = known.get(text);
  if (before) return before;
  setBounded(known, text, set, knownLimit);
  own.add(set);
  return set;
}

/** A set that is frozen and in order already, and like no other: written as it is. */
export function sharedAsItIs(fields: FieldSet): FieldSet {
  own.add(fields);
  return fields;
}
