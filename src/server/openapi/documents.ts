/**
 * The documents of OpenAPI, each made when it is first asked for, and again once a kind that it is about has changed: kubectl reads
 * them before each apply, and a definition that comes concerns its own group alone.
 */
import { hash } from "node:crypto";
import type { KindVersion } from "../../resources/index.ts";
import type { OpenApiSchema } from "./schemas.ts";
import { openApiV2Bytes, openApiV2Document } from "./v2.ts";
import { type OpenApiParts, openApiText, type Served, servedByPath } from "./v3.ts";

interface Made<T> {
  /** What it was made of. */
  readonly from: readonly KindVersion[];
  readonly value: T;
}

interface GroupDocument {
  readonly text: string;
  readonly digest: string;
}

export class OpenApiDocuments {
  readonly #parts: OpenApiParts;
  readonly #groups = new Map<string, Made<GroupDocument>>();
  readonly #whole = new Map<"json" | "protobuf", Made<Buffer>>();

  constructor(parts: OpenApiParts) {
    this.#parts = parts;
  }

  /** `/openapi/v3`: where the document of each group and version is. Its address changes when its text does. */
  index(): OpenApiSchema {
    const served = servedByPath(this.#parts.kinds);
    for (const path of this.#groups.keys()) if (!served.has(path)) this.#groups.delete(path);
    const paths = [...served].map(([path, kinds]) => {
      const { digest } = this.#groupDocument(path, kinds);
      return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${digest}` }] as const;
    });
    return { paths: Object.fromEntries(paths) };
  }

  /** The document of `api/v1` or `apis/apps/v1`; undefined where nothing is served there. */
  group(path: string): string | undefined {
    const kinds = servedByPath(this.#parts.kinds).get(path);
    return kinds && this.#groupDocument(path, kinds).text;
  }

  /** `/openapi/v2`, of all kinds. */
  whole(form: "json" | "protobuf"): Buffer {
    const kinds = [...servedByPath(this.#parts.kinds).values()].flat();
    return madeOnce(this.#whole, form, kinds, () =>
      form === "protobuf"
        ? openApiV2Bytes(this.#parts)
        : Buffer.from(JSON.stringify(openApiV2Document(this.#parts))),
    );
  }

  #groupDocument(path: string, kinds: readonly Served[]): GroupDocument {
    return madeOnce(this.#groups, path, kinds, () => {
      const text = openApiText(this.#parts, path, kinds);
      return { text, digest: hash("sha256", text, "hex").slice(0, 32).toUpperCase() };
    });
  }
}

function madeOnce<Key, T>(made: Map<Key, Made<T>>, key: Key, kinds: readonly Served[], make: () => T): T {
  const from = kinds.map(({ version }) => version);
  const before = made.get(key);
  if (before?.from.length === from.length && from.every((version, i) => version === before.from[i]))
    return before.value;
  const value = make();
  made.set(key, { from, value });
  return value;
}
