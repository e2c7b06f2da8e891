/** `k4s delete`: objects by name, by selector, or those of manifests; resolves when they are gone, unless told not to wait. */
import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, hasReason } from "../../errors/index.ts";
import { shownName } from "./apply.ts";
import { Connection } from "./connection.ts";
import type { WhereOptions } from "./kubeconfig.ts";
import { objectsIn } from "./manifests.ts";
import { named, pathOf, type Resource, resourceOf, resourcesOf, targetsIn } from "./resources.ts";

export interface DeleteOptions extends WhereOptions {
  readonly filename: readonly string[];
  readonly selector?: string;
  readonly all?: boolean;
  readonly gracePeriod?: number;
  readonly wait: boolean;
  readonly ignoreNotFound?: boolean;
}

interface Doomed {
  readonly resource: Resource;
  readonly namespace: string;
  readonly name: string;
}

export async function deleteObjects(words: readonly string[], options: DeleteOptions): Promise<void> {
  const connection = new Connection(options);
  const doomed = await doomedBy(words, options, connection);
  for (const each of doomed) await remove(each, connection, options);
  if (options.wait) for (const each of doomed) await gone(each, connection);
}

async function doomedBy(
  words: readonly string[],
  { filename, selector, all, namespace: only }: DeleteOptions,
  connection: Connection,
): Promise<Doomed[]> {
  const resources = await resourcesOf(connection);
  if (filename.length > 0)
    return (await objectsIn(filename, only)).map(object => ({
      resource: resourceOf(object, resources),
      namespace: object.metadata.namespace ?? connection.namespace,
      name: object.metadata.name ?? "",
    }));
  const { namespace } = connection;
  const doomed: Doomed[] = [];
  for (const { word, names } of targetsIn(words)) {
    if (names.length === 0 && selector === undefined && !all)
      throw new ApiError("BadRequest", "name what is to be deleted, or give --selector or --all");
    for (const resource of named(word, resources)) {
      const query = selector === undefined ? "" : `?labelSelector=${encodeURIComponent(selector)}`;
      const found =
        names.length > 0
          ? names
          : (
              await connection.json<{ items: readonly { metadata: { name: string } }[] }>(
                pathOf(resource, namespace) + query,
              )
            ).items.map(({ metadata }) => metadata.name);
      doomed.push(...found.map(name => ({ resource, namespace, name })));
    }
  }
  return doomed;
}

async function remove(
  { resource, namespace, name }: Doomed,
  connection: Connection,
  { gracePeriod, ignoreNotFound }: DeleteOptions,
): Promise<void> {
  const body = {
    kind: "DeleteOptions",
    apiVersion: "v1",
    propagationPolicy: "Background",
    ...(gracePeriod !== undefined && { gracePeriodSeconds: gracePeriod }),
  };
  try {
    await connection.text(pathOf(resource, namespace, name), { method: "DELETE", body });
    process.stdout.write(`${shownName(resource, name)} deleted\n`);
  } catch (error) {
    if (!(ignoreNotFound && hasReason(error, "NotFound"))) throw error;
  }
}

async function gone({ resource, namespace, name }: Doomed, connection: Connection): Promise<void> {
  for (;;) {
    try {
      await connection.text(pathOf(resource, namespace, name));
    } catch (error) {
      if (hasReason(error, "NotFound")) return;
      throw error;
    }
    await sleep(100);
  }
}
