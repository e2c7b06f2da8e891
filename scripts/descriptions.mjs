/**
 * What Kubernetes says of its kinds and their fields, for `kubectl explain`: read out of the declarations of
 * @kubernetes/client-node, whose comments are those of Kubernetes' OpenAPI document. Written at build time, and not committed.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";

/** Writes `{ "V1ConfigMap": ["ConfigMap holds …", { "data": "Data contains …" }] }`, compressed. */
export function writeDescriptions(file) {
  const client = dirname(createRequire(import.meta.url).resolve("@kubernetes/client-node"));
  const models = join(client, "gen", "models");
  const described = {};
  for (const name of readdirSync(models)) {
    if (!name.endsWith(".d.ts")) continue;
    const text = readFileSync(join(models, name), "utf8");
    const fields = {};
    for (const [, comment, field] of text.matchAll(
      /^ {4}\/\*\*\n((?: {4}\*(?!\/).*\n)+) {4}\*\/\n {4}'_?([^']+)'/gm,
    ))
      fields[field] = plain(comment);
    const [, comment = ""] = /^\/\*\*\n((?:\*(?!\/).*\n)+)\*\/\nexport declare class/m.exec(text) ?? [];
    described[name.slice(0, -".d.ts".length)] = [plain(comment), fields];
  }
  if (!described.V1Pod?.[1].kind) throw new Error(`${models}: there are no descriptions`);
  writeFileSync(file, gzipSync(JSON.stringify(described), { level: 9 }));
}

/** Without the stars of the comment and the backslashes of quoted text. */
function plain(comment) {
  return comment
    .replaceAll(/^ *\* ?/gm, "")
    .replaceAll(/\\(['"])/g, "$1")
    .trim();
}
