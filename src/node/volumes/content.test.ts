import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { KubernetesObject, Volume } from "../../resources/index.ts";
import { type Content, contentOf, type Sources, VolumeError } from "./content.ts";
import { fill } from "./volume-folders.ts";

const objects: Record<string, object> = {
  "ConfigMap/settings": { data: { color: "red", size: "5" }, binaryData: { raw: "AAE=" } },
  "Secret/key": { data: { word: Buffer.from("sesame").toString("base64") } },
};

const sources: Sources = {
  lookup: (kind, name) => objects[`${kind}/${name}`] as KubernetesObject | undefined,
  field: ({ fieldRef }) => `<${fieldRef?.fieldPath}>`,
  token: async ({ audience }) => `token for ${audience}`,
};

async function texts(volume: Omit<Volume, "name">): Promise<Record<string, string>> {
  const content = await contentOf({ name: "v", ...volume }, sources);
  return Object.fromEntries(
    [...(content ?? [])].map(([path, { bytes }]) => [path, Buffer.from(bytes).toString()]),
  );
}

describe("a volume shows", () => {
  test("all entries of a ConfigMap", async () => {
    expect(await texts({ configMap: { name: "settings" } })).toEqual({
      color: "red",
      size: "5",
      raw: "\0\u0001",
    });
  });
  test("the chosen entries of a Secret, under other names and with modes of their own", async () => {
    const secret = { secretName: "key", items: [{ key: "word", path: "a/b", mode: 0o400 }] };
    const content = await contentOf({ name: "v", secret }, sources);
    expect([...(content ?? [])]).toEqual([["a/b", { bytes: Buffer.from("sesame"), mode: 0o400 }]]);
  });
  test("fields, a token and others together", async () => {
    const projected = {
      sources: [
        { downwardAPI: { items: [{ path: "name", fieldRef: { fieldPath: "metadata.name" } }] } },
        { serviceAccountToken: { path: "token", audience: "me" } },
        { secret: { name: "key" } },
      ],
    };
    expect(await texts({ projected })).toEqual({
      name: "<metadata.name>",
      token: "token for me",
      word: "sesame",
    });
  });
  test("nothing, where what it names is optional and missing", async () => {
    expect(await texts({ configMap: { name: "none", optional: true } })).toEqual({});
  });
  test.each([
    [{ configMap: { name: "none" } }, 'configmap "none" not found'],
    [{ secret: { secretName: "none" } }, 'secret "none" not found'],
    [
      { configMap: { name: "settings", items: [{ key: "x", path: "x" }] } },
      "configmap references non-existent config key: x",
    ],
    [
      { configMap: { name: "settings", items: [{ key: "size", path: "../x" }] } },
      "it leads out of the volume",
    ],
  ])("why it cannot be filled: %j", async (volume, message) => {
    await expect(contentOf({ name: "v", ...volume }, sources)).rejects.toThrow(message);
    await expect(contentOf({ name: "v", ...volume }, sources)).rejects.toBeInstanceOf(VolumeError);
  });
});

test.skipIf(process.platform === "win32")(
  "a link that a program has put in place of its own leads to nothing that is removed",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "k4s-volume-"));
    try {
      await mkdir(join(folder, "v"));
      await writeFile(join(folder, "precious"), "1");
      const content: Content = new Map([["a", { bytes: Buffer.from("1"), mode: 0o644 }]]);
      fill(join(folder, "v"), content);
      await rm(join(folder, "v", "..data"));
      await symlink("..", join(folder, "v", "..data"));
      fill(join(folder, "v"), content);
      expect(await readFile(join(folder, "precious"), "utf8")).toBe("1");
      expect(await readFile(join(folder, "v", "a"), "utf8")).toBe("1");
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);

test("a folder is filled with another content at once, and nothing of the old one is left", async () => {
  const folder = await mkdtemp(join(tmpdir(), "k4s-volume-"));
  const content = (files: Record<string, string>): Content =>
    new Map(Object.entries(files).map(([path, text]) => [path, { bytes: Buffer.from(text), mode: 0o640 }]));
  try {
    fill(folder, content({ a: "1", "sub/b": "2" }));
    expect(await readFile(join(folder, "sub", "b"), "utf8")).toBe("2");
    if (process.platform !== "win32") expect((await stat(join(folder, "a"))).mode & 0o777).toBe(0o640);
    fill(folder, content({ a: "3" }));
    expect(await readFile(join(folder, "a"), "utf8")).toBe("3");
    const names = await readdir(folder);
    expect(names.filter(name => !name.startsWith(".."))).toEqual(["a"]);
    // Kubernetes' programs watch for this link.
    if (process.platform !== "win32") expect(names).toContain("..data");
    await writeFile(join(folder, "a"), "still a file");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test.skipIf(process.platform === "win32")(
  "content that cannot lie in one folder is refused, and leaves nothing behind; nor does a process that ended halfway stop the next",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "k4s-volume-"));
    const content = (...paths: readonly string[]): Content =>
      new Map(paths.map(path => [path, { bytes: Buffer.from(path), mode: 0o644 }]));
    try {
      fill(folder, content("a"));
      const before = await readdir(folder);
      for (let i = 0; i < 3; i++) expect(() => fill(folder, content("x", "x/y"))).toThrow(VolumeError);
      expect(await readdir(folder)).toEqual(before);
      await symlink("..gone", join(folder, "..data_tmp"));
      fill(folder, content("b"));
      expect(await readFile(join(folder, "b"), "utf8")).toBe("b");
      expect(await readdir(folder)).not.toContain("..data_tmp");
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);
