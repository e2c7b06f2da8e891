/**
 * The manifests of a verb: files, folders of them, or stdin, read as `cluster.apply` reads them, with their short forms
 * expanded. A kind that is none of k4s' own is left as it stands: the server knows it, or says that it does not.
 */
import { readFileSync } from "node:fs";
import { manifestsAt } from "../../api/index.ts";
import { ApiError, messageOf } from "../../errors/index.ts";
import { expand, KindRegistry, plainDocuments, readManifest } from "../../resources/index.ts";

export interface ManifestObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name?: string; readonly namespace?: string };
  readonly [part: string]: unknown;
}

/**
 * @param only a namespace that was asked for by name: an object of another one is a mistake, as kubectl has it
 * @throws {ApiError} with every mistake at its place
 */
export async function objectsIn(paths: readonly string[], only?: string): Promise<ManifestObject[]> {
  if (paths.length === 0)
    throw new ApiError("BadRequest", "name a manifest: -f FILE, or -f - for what comes in");
  const kinds = new KindRegistry();
  const objects: ManifestObject[] = [];
  for (const path of paths)
    for (const { file = "stdin", text } of await textsAt(path)) objects.push(...read(text, file, kinds));
  for (const object of objects) requireNamespace(object, only);
  return objects;
}

function requireNamespace({ kind, metadata }: ManifestObject, only: string | undefined): void {
  const { namespace, name } = metadata;
  if (only === undefined || namespace === undefined || namespace === only) return;
  throw new ApiError(
    "BadRequest",
    `the namespace "${namespace}" of ${kind} ${name} does not match the namespace "${only}": pass --namespace=${namespace} for it`,
  );
}

async function textsAt(path: string): Promise<{ readonly file?: string; readonly text: string }[]> {
  if (path === "-") return [{ text: readFileSync(0, "utf8") }];
  return (await manifestsAt(path)).map(({ file, manifest }) => ({
    ...(file !== undefined && { file }),
    text: Buffer.from(manifest as Uint8Array).toString("utf8"),
  }));
}

function read(text: string, file: string, kinds: KindRegistry): ManifestObject[] {
  if (hasForeignKind(text, kinds)) return foreign(text, file);
  const { documents, refusal, warnings } = readManifest(text, { file, kinds: kinds.all });
  if (refusal !== undefined) throw refusal;
  for (const warning of warnings) process.stderr.write(`Warning: ${warning}\n`);
  return documents.map(({ object }) => expand(object) as ManifestObject);
}

/** Whether an object is of a group that k4s has no kinds of: one of a CustomResourceDefinition. */
function hasForeignKind(text: string, kinds: KindRegistry): boolean {
  const groups = new Set(kinds.all.map(({ group }) => group));
  const named = [...text.matchAll(/^\s*"?apiVersion"?:\s*"?([\w.-]+)\/\w+/gm)].map(([, group = ""]) => group);
  return named.some(group => !groups.has(group));
}

function foreign(text: string, file: string): ManifestObject[] {
  const documents = documentsOf(text, file).filter(document => document !== null && document !== undefined);
  return documents.flatMap(document => {
    const { kind, items } = document as { kind?: string; items?: ManifestObject[] };
    return kind === "List" && items ? items : [document as ManifestObject];
  });
}

function documentsOf(text: string, file: string): unknown[] {
  try {
    return plainDocuments(text);
  } catch (cause) {
    throw new ApiError("BadRequest", `${file}: ${messageOf(cause)}`, {}, { cause });
  }
}
