/** What can be applied: text, bytes or objects, with the file that they are from. */
import { ApiError } from "../errors/index.ts";

/** YAML or JSON, as text or bytes, or objects. */
export type Manifest = string | Uint8Array | object | readonly object[];

/** One manifest, and the file that it is from, for messages. */
export interface Source {
  readonly manifest: Manifest;
  readonly file?: string;
}

export function isObjects(manifest: Manifest): manifest is object {
  return typeof manifest !== "string" && !(manifest instanceof Uint8Array);
}

/** Objects as text, so that they take the same way, and their errors have a place to point at. */
export function textOf(manifest: Manifest): string | Uint8Array {
  if (!isObjects(manifest)) return manifest as string | Uint8Array;
  const object = Array.isArray(manifest) ? { apiVersion: "v1", kind: "List", items: manifest } : manifest;
  try {
    const text: string | undefined = JSON.stringify(object, null, 2);
    if (text !== undefined) return text;
  } catch (cause) {
    throw new ApiError("BadRequest", notPlain, {}, { cause });
  }
  throw new ApiError("BadRequest", notPlain);
}

const notPlain = "the manifest is not JSON: it must be text, or plain data without cycles";
