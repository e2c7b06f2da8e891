/**
 * Objects of every kind that lack a part, or have null or nothing there: each is taken or refused in words, never answered with a
 * fault of ours. Rules that read within a part that need not be there show here.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { Cluster } from "../index.ts";
import { KindRegistry, type Schema } from "../resources/index.ts";

// Rights are asked for as well: what guards a write reads the object before its rules do.
const cluster = new Cluster({ nodes: 0 });
let url = "";
let headers = {};
beforeAll(async () => {
  await cluster.start();
  const serving = await cluster.serve({ tls: false });
  url = serving.url;
  headers = { authorization: `Bearer ${serving.token}`, "content-type": "application/json" };
});
afterAll(() => cluster.stop());

const empties = [null, {}, [], [{}]];
const creatable = new KindRegistry().all.filter(({ verbs = ["create"] }) => verbs.includes("create"));

/** Each part of an object alone: null, empty, or with each of its own parts null or empty; and none at all. */
function partsOf({ properties = {} }: Schema): object[] {
  const parts = Object.entries(properties).filter(
    ([name]) => !["apiVersion", "kind", "metadata"].includes(name),
  );
  return [{}].concat(
    ...parts.map(([name, part]) => [
      ...empties.map(empty => ({ [name]: empty })),
      ...Object.keys(part.properties ?? {}).flatMap(inner => [
        { [name]: { [inner]: {} } },
        { [name]: { [inner]: [] } },
      ]),
    ]),
  );
}

test.each(creatable.map(kind => [kind.kind, kind] as const))(
  "%s",
  async (_, { kind, scope, versions, plural }) => {
    const told: string[] = [];
    for (const { group, version, schema } of versions) {
      const root = group ? `/apis/${group}/${version}` : `/api/${version}`;
      const path = `${root}/${scope === "Namespaced" ? "namespaces/default/" : ""}${plural}`;
      for (const part of partsOf(schema)) {
        const body = {
          apiVersion: group ? `${group}/${version}` : version,
          kind,
          metadata: { name: "x" },
          ...part,
        };
        const answer = await fetch(`${url}${path}?dryRun=All`, {
          method: "POST",
          headers,
          body: JSON.stringify(body),
        });
        const text = await answer.text();
        if (answer.status >= 500) told.push(`${JSON.stringify(body)}: ${text}`);
      }
    }
    expect(told).toEqual([]);
  },
);
