/** `k4s describe`: an object as it is, for people, and what has happened to it. */
import { dump } from "js-yaml";
import { Connection } from "./connection.ts";
import { eventLines } from "./events.ts";
import type { WhereOptions } from "./kubeconfig.ts";
import { named, pathOf, resourcesOf, targetsIn } from "./resources.ts";

interface Described {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly [part: string]: unknown;
}

export async function describe(words: readonly string[], options: WhereOptions): Promise<void> {
  const connection = new Connection(options);
  const resources = await resourcesOf(connection);
  for (const { word, names } of targetsIn(words))
    for (const resource of named(word, resources)) {
      const path = pathOf(resource, connection.namespace);
      const found =
        names.length > 0
          ? names
          : (await connection.json<{ items: readonly Described[] }>(path)).items.map(({ metadata }) =>
              String(metadata.name),
            );
      for (const name of found) {
        const object = await connection.json<Described>(pathOf(resource, connection.namespace, name));
        process.stdout.write(`${textOf(object)}${await eventLines(connection, { ...resource, name })}\n`);
      }
    }
}

function textOf({ apiVersion, kind, metadata, ...parts }: Described): string {
  const { name, namespace, labels, annotations, managedFields, ...rest } = metadata;
  void managedFields;
  const head = {
    Name: name,
    Namespace: namespace,
    Kind: `${kind} (${apiVersion})`,
    Labels: labels,
    Annotations: annotations,
  };
  const shown = Object.entries(head).filter(([, value]) => value !== undefined);
  return dump(
    { ...Object.fromEntries(shown), Metadata: rest, ...capitalized(parts) },
    { noRefs: true, lineWidth: 110 },
  );
}

function capitalized(parts: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(parts).map(([name, value]) => [name.charAt(0).toUpperCase() + name.slice(1), value]),
  );
}
