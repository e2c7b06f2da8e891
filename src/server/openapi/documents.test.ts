/** What is remembered of OpenAPI's documents, and until when. */
import { expect, test } from "vitest";
import {
  type CustomResourceDefinition,
  customKind,
  KindRegistry,
  publishedName,
} from "../../resources/index.ts";
import { OpenApiDocuments } from "./documents.ts";

function site(about: string) {
  const definition = {
    metadata: { name: "sites.example.com" },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { plural: "sites", singular: "site", kind: "Site", listKind: "SiteList" },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object", description: about } },
        },
      ],
    },
  };
  return customKind(definition as unknown as CustomResourceDefinition);
}

test("a document is made again for the group whose kind has come, changed or gone, and for no other", () => {
  const kinds = new KindRegistry();
  let asked = 0;
  const describe = () => {
    asked++;
    return undefined;
  };
  const documents = new OpenApiDocuments({ kinds, describe, publishedName });
  const asking = <T>(read: () => T): { made: boolean; value: T } => {
    const before = asked;
    const value = read();
    return { made: asked > before, value };
  };
  const first = asking(() => documents.index());
  expect(first.made).toBe(true);
  expect(asking(() => documents.index())).toEqual({ made: false, value: first.value });
  expect(documents.group("apis/example.com/v1")).toBeUndefined();

  kinds.define(site("what it was"));
  expect(asking(() => documents.group("apis/apps/v1")).made).toBe(false);
  expect(documents.group("apis/example.com/v1")).toContain("what it was");
  const address = JSON.stringify(documents.index());
  kinds.define(site("what it is"));
  expect(documents.group("apis/example.com/v1")).toContain("what it is");
  expect(JSON.stringify(documents.index())).not.toBe(address);
  kinds.remove("Site.example.com");
  expect(documents.index()).toEqual(first.value);
});

test.each(["json", "protobuf"] as const)(
  "the document of all kinds as %s is made again with each change",
  form => {
    const kinds = new KindRegistry();
    const documents = new OpenApiDocuments({ kinds, describe: () => undefined, publishedName });
    const whole = documents.whole(form);
    expect(documents.whole(form)).toBe(whole);
    kinds.define(site("new"));
    expect(documents.whole(form).toString()).toContain("new");
    kinds.remove("Site.example.com");
    expect(documents.whole(form)).toEqual(whole);
  },
);
