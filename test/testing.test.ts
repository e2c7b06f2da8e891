/** `k4s/testing`: clusters side by side, each with an API of its own, and nothing left of them. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCluster } from "k4s/testing";
import { expect, it } from "vitest";

const manifest = new URL("../docs/for-snippets.yaml", import.meta.url);

it("starts many side by side, and leaves nothing", async () => {
  const clusters = await Promise.all(Array.from({ length: 5 }, () => startCluster()));
  expect(new Set(clusters.map(({ url }) => url)).size).toBe(5);
  for (const [i, { cluster }] of clusters.entries())
    await cluster.create({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: `c${i}` } });
  const names = clusters.map(async ({ cluster }) =>
    (
      await cluster.list("ConfigMap", {
        namespace: "default",
        fieldSelector: "metadata.name!=kube-root-ca.crt",
      })
    ).map(({ metadata }) => metadata.name),
  );
  expect(await Promise.all(names)).toEqual([["c0"], ["c1"], ["c2"], ["c3"], ["c4"]]);
  const [first] = clusters;
  expect(first?.env).toEqual({ KUBECONFIG: first?.kubeconfig });
  expect(readFileSync(first?.kubeconfig ?? "", "utf8")).toContain(first?.url);
  await Promise.all(clusters.map(each => each.stop()));
  await first?.stop();
  expect(clusters.filter(({ kubeconfig }) => existsSync(kubeconfig))).toEqual([]);
});

it("takes manifests and the options of a cluster", async () => {
  await using k4s = await startCluster({
    images: new URL("../workers", import.meta.url),
    manifests: [manifest],
    tls: false,
  });
  await k4s.cluster.waitFor("Container/echo", "Ready");
  const answer = await fetch(`${k4s.url}/api/v1/namespaces/default/pods/echo`);
  expect(await answer.json()).toMatchObject({ kind: "Pod", metadata: { name: "echo" } });
});

it.each([
  [{ nodes: -1 }, /nodes/],
  [{ manifests: ["no-such.yaml"] }, /cannot read manifests from no-such.yaml/],
  [{ listen: "nonsense" }, /listen must be HOST:PORT/],
])("says what is wrong, and leaves nothing: %j", async (options, problem) => {
  const before = process.env.TMPDIR;
  const folder = mkdtempSync(join(tmpdir(), "k4s-testing-"));
  process.env.TMPDIR = folder;
  try {
    await expect(startCluster(options)).rejects.toThrow(problem);
    expect(readdirSync(folder)).toEqual([]);
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    rmSync(folder, { recursive: true });
  }
});

it("takes manifests as a text", async () => {
  const manifests = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: given }\n";
  await using k4s = await startCluster({ manifests, tls: false });
  expect(await k4s.cluster.get("ConfigMap", "given")).toBeDefined();
});

it("is called by a name, so that the files of several can be merged", async () => {
  await using k4s = await startCluster({ name: "second", tls: false });
  const text = readFileSync(k4s.kubeconfig, "utf8");
  expect(text.match(/(name|cluster|user|current-context): second$/gm)).toHaveLength(6);
});
