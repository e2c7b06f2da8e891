/**
 * `k4s export DIR`: what runs in a cluster as ordinary manifests of Kubernetes, with a folder for each image, for a cluster of real
 * containers. What cannot go along is listed, on the page in the folder and here.
 */
import { readFileSync } from "node:fs";
import { manifestsAt } from "../../api/index.ts";
import { ApiError, hasReason } from "../../errors/index.ts";
import { type ApiObject, exported, optionFault, writeFolder } from "../../export/index.ts";
import { imageFolders } from "../image-folders.ts";
import { type NatsFlags, natsOptions } from "../nats-options.ts";
import { Connection } from "./connection.ts";
import type { WhereOptions } from "./kubeconfig.ts";
import { apiVersionOf, pathOf, type Resource, resourcesOf } from "./resources.ts";

export interface ExportVerbOptions extends WhereOptions, NatsFlags {
  /** Manifests; a cluster is asked where there are none. */
  readonly filename: readonly string[];
  readonly images: readonly string[];
  readonly registry?: string;
  readonly node: string;
  readonly force?: boolean;
}

const pageSize = 500;

interface List {
  readonly metadata: { readonly continue?: string };
  readonly items: readonly ApiObject[];
}

export async function exportTo(folder: string, options: ExportVerbOptions): Promise<void> {
  const { images, registry, node, force = false, namespace } = options;
  const { nats } = natsOptions(options);
  const folders = imageFolders(images);
  const fault = optionFault({ nats, registry, node });
  if (fault) throw new ApiError("BadRequest", `--${fault.option} ${fault.value}: ${fault.wanted}`);
  const { all, refused } =
    options.filename.length > 0 ? await fromFiles(options.filename) : await fromCluster(options);
  const result = await exported(all, { namespace, images: folders, nats, registry, node, unread: refused });
  writeFolder(folder, result.files, { force });
  const { objects, images: built, notes } = result;
  const lines = [
    `${folder} has ${objects.length} objects and ${built.length} images; its README.md says how to go on`,
    ...(notes.length > 0 ? ["what does not go along, or otherwise:"] : []),
    ...notes.map(({ about, text }) => `  ${about}: ${text}`),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

interface Found {
  readonly all: readonly ApiObject[];
  /** What may not be listed. */
  readonly refused: readonly string[];
}

/** No cluster is asked. */
async function fromFiles(files: readonly string[]): Promise<Found> {
  const { declaredBy } = await import("../../cluster/index.ts");
  const sources = await Promise.all(
    files.map(async file => (file === "-" ? [{ manifest: readFileSync(0) }] : manifestsAt(file))),
  );
  return { all: await declaredBy(sources.flat()), refused: [] };
}

async function fromCluster(options: ExportVerbOptions): Promise<Found> {
  const { namespace } = options;
  const connection = new Connection(options);
  if (namespace !== undefined) await connection.json(`/api/v1/namespaces/${encodeURIComponent(namespace)}`);
  const all: ApiObject[] = [];
  const refused: string[] = [];
  for (const resource of (await resourcesOf(connection)).filter(isDeclared(new Set()))) {
    try {
      for await (const object of objectsOf(connection, resource, namespace)) all.push(object);
    } catch (error) {
      // Who may see only a part exports that.
      if (!hasReason(error, "Forbidden")) throw error;
      refused.push(resource.plural);
    }
  }
  if (refused.length > 0 && all.length === 0)
    throw new ApiError("Forbidden", `nothing may be read of the cluster: ${refused.join(", ")}`);
  return { all, refused };
}

/** What can be created is what can be declared; of two groups with one kind the first will do. */
function isDeclared(seen: Set<string>): (resource: Resource) => boolean {
  return ({ kind, group, verbs }) => {
    const isOther = !seen.has(`${kind}.${group}`) && group !== "events.k8s.io";
    seen.add(`${kind}.${group}`);
    return isOther && verbs.includes("list") && verbs.includes("create");
  };
}

async function* objectsOf(
  connection: Connection,
  resource: Resource,
  namespace: string | undefined,
): AsyncGenerator<ApiObject> {
  const place = pathOf(resource, namespace);
  let from = "";
  for (;;) {
    const list = await connection.json<List>(`${place}?limit=${pageSize}${from}`, { isQuiet: true });
    for (const item of list.items) yield { ...item, apiVersion: apiVersionOf(resource), kind: resource.kind };
    if (!list.metadata.continue) return;
    from = `&continue=${encodeURIComponent(list.metadata.continue)}`;
  }
}
