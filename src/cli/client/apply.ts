/** `k4s apply -f`: server-side apply, as the manager `k4s`; what others have set stays, unless the manifest says otherwise. */
import { Connection } from "./connection.ts";
import type { WhereOptions } from "./kubeconfig.ts";
import { objectsIn } from "./manifests.ts";
import { apiVersionOf, pathOf, type Resource, resourceOf, resourcesOf } from "./resources.ts";

export interface ApplyOptions extends WhereOptions {
  readonly filename: readonly string[];
  readonly dryRun?: boolean;
}

interface Answer {
  readonly metadata: {
    readonly generation?: number;
    readonly resourceVersion: string;
    readonly creationTimestamp: string;
  };
}

export async function apply({ filename, dryRun = false, ...where }: ApplyOptions): Promise<void> {
  const objects = await objectsIn(filename, where.namespace);
  const connection = new Connection(where);
  let resources = await resourcesOf(connection);
  for (const object of objects) {
    if (!knows(resources, object)) resources = await resourcesOf(connection);
    const resource = resourceOf(object, resources);
    const { name = "", namespace = connection.namespace } = object.metadata;
    const path = pathOf(resource, namespace, name);
    const before = await versionAt(connection, path);
    const query = new URLSearchParams({
      fieldManager: "k4s",
      force: "true",
      ...(dryRun && { dryRun: "All" }),
    });
    const { metadata } = await connection.json<Answer>(`${path}?${query}`, {
      method: "PATCH",
      body: object,
      contentType: "application/apply-patch+yaml",
    });
    const done =
      before === undefined ? "created" : before === metadata.resourceVersion ? "unchanged" : "configured";
    process.stdout.write(`${shownName(resource, name)} ${done}${dryRun ? " (dry run)" : ""}\n`);
  }
}

/** A definition among the objects may have brought it just now. */
function knows(
  resources: readonly Resource[],
  { apiVersion, kind }: { apiVersion: string; kind: string },
): boolean {
  return resources.some(each => each.kind === kind && apiVersionOf(each) === apiVersion);
}

async function versionAt(connection: Connection, path: string): Promise<string | undefined> {
  try {
    return (await connection.json<Answer>(path)).metadata.resourceVersion;
  } catch (error) {
    if ((error as { reason?: string }).reason === "NotFound") return undefined;
    throw error;
  }
}

export function shownName({ singular, group }: Resource, name: string): string {
  return `${singular}${group && `.${group}`}/${name}`;
}
