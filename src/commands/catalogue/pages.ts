/** The pages of a web server of the catalogue: files of a folder, by the path that is asked for. */
import { readFile, stat } from "node:fs/promises";
import { extname, join, normalize } from "node:path/posix";

/** A file that was found; or why there is none: a folder without an index is forbidden. */
export type Page = { readonly bytes: Buffer; readonly type: string } | { readonly status: 403 | 404 };

const types: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".gif": "image/gif",
  ".htm": "text/html",
  ".html": "text/html",
  ".jpg": "image/jpeg",
  ".js": "application/javascript",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain",
  ".xml": "text/xml",
};

/** @param url as in the request */
export async function pageAt(root: string, url: string): Promise<Page> {
  const path = pathIn(url);
  if (path === undefined) return { status: 404 };
  const found = await stat(join(root, path)).catch(() => undefined);
  if (!found) return { status: 404 };
  const isFolder = found.isDirectory();
  const file = isFolder ? join(root, path, "index.html") : join(root, path);
  const bytes = await readFile(file).catch(() => undefined);
  if (!bytes) return { status: isFolder ? 403 : 404 };
  return { bytes, type: types[extname(file)] ?? "application/octet-stream" };
}

/** Within the folder, whatever dots it has; undefined where it cannot be read. */
function pathIn(url: string): string | undefined {
  try {
    const path = decodeURIComponent(url.replace(/[?#].*$/s, ""));
    return path.includes("\0") ? undefined : normalize(`/${path}`);
  } catch {
    return undefined;
  }
}
