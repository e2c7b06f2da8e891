/**
 * The library's export: what a cluster has, or what manifests would make of one, as manifests for any Kubernetes with a folder for each image.
 * Manifests are read by a cluster of their own, which is held before anything runs in it.
 */
import type { Manifest, Source } from "../api/index.ts";
import { ApiError, hasReason, messageOf } from "../errors/index.ts";
import type { ApiObject, Exported } from "../export/index.ts";
import type { NatsOptions } from "../network/index.ts";
import { fieldsOf } from "../outside/index.ts";
import { KindRegistry, plainDocuments } from "../resources/index.ts";
import { Cluster } from "./cluster.ts";

export interface ExportManifestsOptions {
  /** The images folders. */
  readonly images?: readonly string[];
  /** Only of this namespace, and what it needs of the cluster. */
  readonly namespace?: string;
  /** The NATS of the other cluster; a server comes along where it is left out. */
  readonly nats?: NatsOptions;
  /** Where images are pushed: `registry.example/shop`. */
  readonly registry?: string;
  /** The version of Node that images stand on: `22`, where it is left out. */
  readonly node?: string;
  /** Where it is written, in a new folder; nowhere where it is left out. */
  readonly folder?: string;
  /** A folder that an export has written before is written anew. */
  readonly force?: boolean;
}

export type ExportedManifests = Pick<Exported, "files" | "notes">;

/**
 * @param of a cluster that runs, or manifests
 * @throws {ApiError} BadRequest for options and manifests that cannot be, AlreadyExists for a folder with something else in it
 */
export async function exportManifests(
  of: Cluster | Manifest,
  options: ExportManifestsOptions = {},
): Promise<ExportedManifests> {
  const { images = [], node = "22", folder, force = false, ...more } = options;
  const { exported, optionFault, writeFolder } = await import("../export/index.ts");
  const fault = optionFault({ ...more, node });
  if (fault)
    throw new ApiError("BadRequest", `exportManifests: ${fault.option} ${fault.value}: ${fault.wanted}`);
  const all = of instanceof Cluster ? await allOf(of) : await declaredBy([{ manifest: of }]);
  const { files, notes } = await exported(all, { ...more, images, node });
  if (folder !== undefined) writeFolder(folder, files, { force });
  return { files, notes };
}

/** The objects of manifests, as a cluster would have them. Namespaces that they only name are made, too. */
export async function declaredBy(sources: readonly Source[]): Promise<ApiObject[]> {
  await using cluster = new Cluster({ runtime: "hollow" });
  await cluster.start();
  const definitions = sources.flatMap(definitionsIn);
  for (const definition of definitions) {
    const [made] = await cluster.apply(definition);
    await cluster.waitFor(`CustomResourceDefinition/${made?.metadata.name}`, "Established");
  }
  await cluster.pause();
  await applyWithNamespaces(cluster, sources);
  // Before it is stopped.
  return await allOf(cluster);
}

/** Kinds of one's own have to be known before objects of them are read. */
function definitionsIn({ manifest }: Source): object[] {
  const isDefinition = (each: unknown): each is object => fieldsOf(each).kind === "CustomResourceDefinition";
  if (typeof manifest !== "string" && !(manifest instanceof Uint8Array))
    return [manifest].flat().filter(isDefinition);
  const text = typeof manifest === "string" ? manifest : Buffer.from(manifest).toString();
  if (!text.includes("CustomResourceDefinition")) return [];
  try {
    return plainDocuments(text).filter(isDefinition);
  } catch (cause) {
    throw new ApiError("BadRequest", messageOf(cause), {}, { cause });
  }
}

async function applyWithNamespaces(cluster: Cluster, sources: readonly Source[]): Promise<void> {
  for (const made = new Set<string>(); ; ) {
    try {
      await cluster.applyAll(sources);
      return;
    } catch (error) {
      const name = missingNamespace(error);
      if (name === undefined || made.has(name)) throw error;
      made.add(name);
      await cluster.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
    }
  }
}

function missingNamespace(error: unknown): string | undefined {
  if (!(error instanceof ApiError) || error.reason !== "NotFound") return undefined;
  const { kind, name } = error.details;
  // What is told of several objects at once names none; its cause is told of the first.
  return kind === "namespaces" ? name : missingNamespace(error.cause);
}

async function allOf(cluster: Cluster): Promise<ApiObject[]> {
  const own = await cluster.list("CustomResourceDefinition");
  const names = new Set(
    [...new KindRegistry().all, ...own.map(({ metadata }) => metadata)].map(({ name }) => name),
  );
  // What k4s defines itself, as a Gateway, has both a name of its own and that of its definition.
  const all = new Map<string, ApiObject>();
  for (const name of names) {
    try {
      for (const each of (await cluster.list(name)) as never as ApiObject[])
        all.set(each.metadata.uid ?? JSON.stringify(each), each);
    } catch (error) {
      // What can only be asked is nothing that is kept.
      if (!hasReason(error, "MethodNotAllowed")) throw error;
    }
  }
  return [...all.values()];
}
