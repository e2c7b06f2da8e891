/**
 * What Kubernetes says of its kinds and their fields, for `kubectl explain`: read out of the declarations of
 * @kubernetes/client-node, whose comments are those of Kubernetes' OpenAPI document, but for fields that have a model of their own. What
 * they are for is read out of kubernetes-types, an older release. Written at build time, and not committed.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";

/** Writes `{ "V1ConfigMap": ["ConfigMap holds …", { "data": "Data contains …" }] }`, compressed. */
export function writeDescriptions(file) {
  const { resolve } = createRequire(import.meta.url);
  const described = clientModels(join(dirname(resolve("@kubernetes/client-node")), "gen", "models"));
  addReferences(described, dirname(resolve("kubernetes-types/package.json")));
  writeFileSync(file, gzipSync(JSON.stringify(described), { level: 9 }));
}

function clientModels(folder) {
  const described = {};
  for (const name of readdirSync(folder)) {
    if (!name.endsWith(".d.ts")) continue;
    const text = readFileSync(join(folder, name), "utf8");
    const fields = {};
    for (const [, comment, field] of text.matchAll(
      /^ {4}\/\*\*\n((?: {4}\*(?!\/).*\n)+) {4}\*\/\n {4}'_?([^']+)'/gm,
    ))
      fields[field] = plain(comment);
    const [, comment = ""] = /^\/\*\*\n((?:\*(?!\/).*\n)+)\*\/\nexport declare class/m.exec(text) ?? [];
    described[name.slice(0, -".d.ts".length)] = [plain(comment), fields];
  }
  if (!described.V1Pod?.[1].kind) throw new Error(`${folder}: there are no descriptions`);
  return described;
}

/** `core/v1.d.ts` of kubernetes-types declares Pod, which is the model V1Pod, or CoreV1Event where two groups have such a kind. */
function addReferences(described, folder) {
  for (const group of readdirSync(folder, { withFileTypes: true })) {
    if (!group.isDirectory()) continue;
    for (const name of readdirSync(join(folder, group.name))) {
      const version = capitalized(name.slice(0, -".d.ts".length));
      const text = readFileSync(join(folder, group.name, name), "utf8");
      for (const [, kind, body] of text.matchAll(/^export interface (\w+) \{\n((?: .*\n| *\n)+)\}/gm)) {
        const [, fields] =
          described[capitalized(group.name) + version + kind] ?? described[version + kind] ?? [];
        if (!fields) continue;
        for (const [, comment, field] of body.matchAll(
          /^ {4}\/\*\*([\s\S]*?)\*\/\n {4}(?:readonly )?(\w+)/gm,
        ))
          if (!fields[field] || ofItsType.test(fields[field])) fields[field] = plain(comment);
      }
    }
  }
  if (!described.V1Pod[1].spec) throw new Error(`${folder}: there are no descriptions of references`);
}

/** Of such a field client-node says what its type is, not what it is for. */
const ofItsType = /^(IntOrString is a type|MicroTime is version of)/;

/** Without the stars of the comment and the backslashes of quoted text. */
function plain(comment) {
  return comment
    .replaceAll(/^ *\* ?/gm, "")
    .replaceAll(/\\(['"])/g, "$1")
    .trim();
}

function capitalized(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
