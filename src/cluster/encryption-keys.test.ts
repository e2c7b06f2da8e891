/** Secrets of a kept cluster that are encrypted where they lie: in the folder, in a backup, and while keys are exchanged. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Secret } from "../resources/index.ts";
import { placeInBackup, writeBackup } from "./backup-file.ts";
import { Cluster } from "./cluster.ts";
import { encryptionFor } from "./encryption-keys.ts";
import type { ClusterOptions } from "./options/index.ts";
import { restoreBackup } from "./restore.ts";

const place = mkdtempSync(join(tmpdir(), "k4s-encryption-"));
afterAll(() => rmSync(place, { recursive: true }));
let files = 0;
function written(text: string): string {
  const file = join(place, `file-${files++}`);
  writeFileSync(file, text);
  return file;
}
const newKey = () => randomBytes(32).toString("base64");
const [one, two] = [newKey(), newKey()];

/** All that lies in the journal of a cluster. */
function lies(data: string): string {
  const folder = join(data, "store");
  return readdirSync(folder)
    .map(name => readFileSync(join(folder, name), "latin1"))
    .join("\n");
}

const secret = (name: string) => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name },
  stringData: { password: `hunter-${name}` },
});
const inBase64 = (name: string) => Buffer.from(`hunter-${name}`).toString("base64");

async function running<T>(options: ClusterOptions, act: (cluster: Cluster) => Promise<T>): Promise<T> {
  const cluster = new Cluster({ runtime: "hollow", ...options });
  try {
    await cluster.start();
    return await act(cluster);
  } finally {
    await cluster.stop();
  }
}
const passwordOf = async (cluster: Cluster, name: string) =>
  Buffer.from((await cluster.get<"Secret">("Secret", name))?.data?.password ?? "", "base64").toString();

test("with a key no Secret is seen in the folder; keys are exchanged, and without the right one it is refused by name and nothing is changed", async () => {
  const data = join(place, "kept");
  await running({ data }, cluster => cluster.apply(secret("plain")));
  expect(lies(data)).toContain(inBase64("plain"));

  const encryptionKey = written(`# the first\n${one}\n`);
  await running({ data, encryptionKey }, async cluster => {
    await cluster.apply([
      secret("sealed"),
      { ...secret("open"), kind: "ConfigMap", stringData: undefined, data: { a: "seen" } },
    ]);
    expect(await passwordOf(cluster, "plain")).toBe("hunter-plain");
    // What lay there as it is, is written anew.
    await expect.poll(() => lies(data)).not.toContain(inBase64("plain"));
  });
  expect(lies(data)).not.toContain(inBase64("sealed"));
  expect(lies(data)).toMatch(/seen/);

  const before = lies(data);
  for (const options of [{ data }, { data, encryptionKey: written(two) }])
    await expect(running(options, async () => {})).rejects.toThrow(
      /Secret default\/\w+ is encrypted with the key "[0-9a-f]{12}" \(aesgcm\), which is not given: .*--encryption-key.*nothing was changed/,
    );
  expect(lies(data)).toBe(before);

  await running({ data, encryptionKey: written(`${two}\n${one}`) }, async cluster => {
    expect(await passwordOf(cluster, "sealed")).toBe("hunter-sealed");
    await cluster.apply("{ apiVersion: v1, kind: ConfigMap, metadata: { name: next } }");
    const names = () => new Set(lies(data).match(/(?<=")azhz[\w+/]{20,30}/g));
    await expect.poll(() => names().size).toBe(1);
  });
  await running({ data, encryptionKey: written(two) }, async cluster => {
    for (const name of ["plain", "sealed"]) expect(await passwordOf(cluster, name)).toBe(`hunter-${name}`);
  });
});

test("a backup with a key has no Secret as it is, and is restored with the key, into a folder that has it encrypted", async () => {
  const encryptionKey = written(one);
  const encryption = encryptionFor({ encryptionKey });
  const metadata = {
    name: "db",
    namespace: "default",
    uid: "u",
    resourceVersion: "7",
    creationTimestamp: "2026-01-01T00:00:00Z",
  };
  const objects = [
    { apiVersion: "v1", kind: "Secret", metadata, data: { password: inBase64("db") } } as Secret,
  ];
  async function* all() {
    yield* objects;
  }
  const file = join(place, "backup");
  const seal = (object: object) =>
    encryption?.seal("secrets", placeInBackup, JSON.stringify(object))?.toString("base64") ?? "";
  await writeBackup(file, "9", all(), seal);
  const data = join(place, "restored");
  await expect(restoreBackup(file, { data })).rejects.toThrow(/an object of the backup is encrypted/);
  expect(await restoreBackup(file, { data, encryptionKey })).toMatchObject({ objects: 1 });
  expect(lies(data)).not.toContain(inBase64("db"));
  expect(await running({ data, encryptionKey }, cluster => passwordOf(cluster, "db"))).toBe("hunter-db");
});

test("an EncryptionConfiguration says which kinds, and by which keys", async () => {
  const data = join(place, "configured");
  const encryptionProviderConfig = written(`
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets, configmaps]
    providers: [{ aescbc: { keys: [{ name: key1, secret: ${one} }] } }, { identity: {} }]
`);
  await running({ data, encryptionProviderConfig }, cluster =>
    cluster.apply("{ apiVersion: v1, kind: ConfigMap, metadata: { name: a }, data: { a: not-to-be-seen } }"),
  );
  expect(lies(data)).not.toContain("not-to-be-seen");
  expect(lies(data)).toContain(Buffer.from("k8s:enc:aescbc:v1:key1:").toString("base64").slice(0, 28));
});

describe("keys that cannot be used are refused before anything is begun, and are not shown", () => {
  const config = (resources: string) =>
    `apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources: ${resources}`;
  test.each<[string, ClusterOptions, RegExp]>([
    ["no file", { encryptionKey: join(place, "none") }, /cannot be read: ENOENT/],
    ["a folder", { encryptionKey: place }, /cannot be read: EISDIR/],
    ["no key", { encryptionKey: written("\n") }, /it has no key/],
    ["a short one", { encryptionKey: written("c2hvcnQ=") }, /key 1 is not 32 bytes in base64(?!.*c2hvcnQ)/],
    ["no base64", { encryptionKey: written(`${one}\n!!!`) }, /key 2 is not 32 bytes/],
    [
      "both",
      { encryptionKey: written(one), encryptionProviderConfig: written("") },
      /one of them says it all/,
    ],
    ["another kind", { encryptionProviderConfig: written("kind: Pod") }, /no EncryptionConfiguration/],
    ["an alias to itself", { encryptionProviderConfig: written("kind: &a [*a]") }, /no YAML.*alias/],
    ["no YAML", { encryptionProviderConfig: written("a: [") }, /no YAML/],
    [
      "kms",
      { encryptionProviderConfig: written(config("[{ resources: [secrets], providers: [{ kms: {} }] }]")) },
      /providers\[0\]\.kms is not supported here/,
    ],
    [
      "a short key",
      {
        encryptionProviderConfig: written(
          config(
            "[{ resources: [secrets], providers: [{ aesgcm: { keys: [{ name: a, secret: YWJj }] } }] }]",
          ),
        ),
      },
      /keys\[0\]\.secret must be 32, 24, 16 bytes in base64(?!.*YWJj)/,
    ],
    ["no resources", { encryptionProviderConfig: written("kind: EncryptionConfiguration") }, /resources/],
  ])("%s", (_, options, problem) => {
    expect(() => new Cluster({ data: join(place, "never"), ...options })).toThrow(problem);
  });
});
