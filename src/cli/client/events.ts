/** `k4s events`: what has happened, of all objects or of one. */
import { tableText } from "../table.ts";
import { Connection } from "./connection.ts";
import type { WhereOptions } from "./kubeconfig.ts";
import { oneTarget, resourcesOf, theOne } from "./resources.ts";

interface Event {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly metadata: { readonly creationTimestamp: string; readonly resourceVersion: string };
  readonly involvedObject: { readonly kind?: string; readonly name?: string };
}

export interface EventsOptions extends WhereOptions {
  readonly allNamespaces?: boolean;
  readonly for?: string;
}

export async function events(options: EventsOptions): Promise<void> {
  const connection = new Connection(options);
  const target = options.for === undefined ? undefined : oneTarget([options.for]);
  const of = target && {
    kind: theOne(target.word, await resourcesOf(connection)).kind,
    name: target.name,
  };
  process.stdout.write(await eventLines(connection, of, options.allNamespaces));
}

/** @param of undefined: of all objects of the namespace */
export async function eventLines(
  connection: Connection,
  of: { readonly kind: string; readonly name: string } | undefined,
  isEverywhere = false,
): Promise<string> {
  const fields = of && `?fieldSelector=involvedObject.kind=${of.kind},involvedObject.name=${of.name}`;
  const where = isEverywhere ? "" : `/namespaces/${connection.namespace}`;
  const { items } = await connection.json<{ items: readonly Event[] }>(
    `/api/v1${where}/events${fields ?? ""}`,
  );
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

function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 120 ? `${minutes}m` : `${Math.floor(minutes / 60)}h`;
}
