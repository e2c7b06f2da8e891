/** `k4s events`: what has happened, of all objects or of one. */
import { tableText } from "../table.ts";
import { Connection } from "./connection.ts";
import type { WhereOptions } from "./kubeconfig.ts";
import { oneTarget, type Resource, resourcesOf, theOne } from "./resources.ts";

interface Event {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly metadata: { readonly creationTimestamp: string; readonly resourceVersion: string };
  readonly involvedObject: { readonly apiVersion?: string; readonly kind?: string; readonly name?: string };
}

/** The object whose events are meant. */
type Subject = Pick<Resource, "group" | "kind" | "isNamespaced"> & { readonly name: string };

export interface EventsOptions extends WhereOptions {
  readonly allNamespaces?: boolean;
  readonly for?: string;
}

export async function events(options: EventsOptions): Promise<void> {
  const connection = new Connection(options);
  const target = options.for === undefined ? undefined : oneTarget([options.for]);
  const of = target && { ...theOne(target.word, await resourcesOf(connection)), name: target.name };
  process.stdout.write(await eventLines(connection, of, options.allNamespaces));
}

/** @param of undefined: of all objects of the namespace */
export async function eventLines(
  connection: Connection,
  of: Subject | undefined,
  isEverywhere = false,
): Promise<string> {
  const fields = of && `?fieldSelector=involvedObject.kind=${of.kind},involvedObject.name=${of.name}`;
  // The events of what has no namespace may be in any.
  const where = isEverywhere || of?.isNamespaced === false ? "" : `/namespaces/${connection.namespace}`;
  const found = await connection.json<{ items: readonly Event[] }>(`/api/v1${where}/events${fields ?? ""}`);
  const items = of ? found.items.filter(({ involvedObject }) => isOf(of, involvedObject)) : found.items;
  if (items.length === 0) return of ? "Events: none\n" : "No events found.\n";
  const timeOf = ({ lastTimestamp, eventTime, metadata }: Event) =>
    Date.parse(lastTimestamp ?? eventTime ?? metadata.creationTimestamp);
  // Times are in whole seconds.
  const writeOf = ({ metadata }: Event) => Number(metadata.resourceVersion);
  const rows = items
    .toSorted((a, b) => timeOf(a) - timeOf(b) || writeOf(a) - writeOf(b))
    .map(event => {
      const { type = "", reason = "", message = "", count = 1, involvedObject } = event;
      const about = `${String(involvedObject.kind).toLowerCase()}/${involvedObject.name}`;
      const times = count > 1 ? ` (x${count})` : "";
      return [
        `${age(Date.now() - timeOf(event))}${times}`,
        type,
        reason,
        ...(of ? [] : [about]),
        message.trim(),
      ];
    });
  return tableText(["LAST SEEN", "TYPE", "REASON", ...(of ? [] : ["OBJECT"]), "MESSAGE"], rows);
}

/** Two groups may have kinds that are called alike. What is written by hand may name no apiVersion. */
function isOf({ group }: Subject, { apiVersion = "" }: Event["involvedObject"]): boolean {
  const slash = apiVersion.indexOf("/");
  return apiVersion === "" || apiVersion.slice(0, Math.max(0, slash)) === group;
}

function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 120 ? `${minutes}m` : `${Math.floor(minutes / 60)}h`;
}
