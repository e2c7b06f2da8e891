/**
 * The volumes and snapshots of a cluster that was there before, in a folder that outlived it: they are there before anything else is done, so
 * that what is applied first finds them.
 */
import { ApiError } from "../../errors/index.ts";
import type { KubernetesObject } from "../../resources/index.ts";
import type { StorageRecords } from "../../storage/index.ts";
import type { RegistryVerbs, Request } from "../../store/index.ts";
import { ensure } from "./first-objects.ts";

/** @param onFault told of what cannot be read or made; what it tells of stays where it is */
export async function ensureRecorded(
  { volumes, snapshots }: StorageRecords,
  registry: Pick<RegistryVerbs, "create" | "modify">,
  request: Request,
  onFault: (fault: unknown) => void,
): Promise<void> {
  for (const object of [...(await volumes.all(onFault)), ...(await snapshots.all(onFault))])
    try {
      await again(object, registry, request);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      onFault(error);
    }
}

/**
 * With its status: what a driver has said of a snapshot, it is not asked again. It was checked when it was written first, and has a time in
 * nanoseconds, which no client can write.
 */
async function again(
  object: KubernetesObject,
  registry: Pick<RegistryVerbs, "create" | "modify">,
  request: Request,
): Promise<void> {
  const { apiVersion, kind, metadata, spec, status } = object as KubernetesObject & {
    readonly spec: unknown;
  };
  await ensure({ apiVersion, kind, metadata, spec } as KubernetesObject, registry, request);
  if (status === undefined) return;
  const [group] = apiVersion.split("/");
  await registry.modify(
    `${kind}.${group}`,
    "",
    metadata.name,
    found => (found.status === undefined ? { ...found, status } : undefined),
    { ...request, subresource: "status", isChecked: true },
  );
}
