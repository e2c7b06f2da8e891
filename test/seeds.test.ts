/**
 * The manifests of the documents that k4s comes from (../shared/seeds), as they are printed there: each comes up, and is told where
 * Kubernetes wants it otherwise; by the library, `k4s apply` and kubectl. Skipped where the documents are not there.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Cluster, type KubernetesObject } from "k4s";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { built } from "./built.ts";
import { hasKubectl } from "./kubectl.ts";
import { servedCluster } from "./served-cluster.ts";

const documents = join(import.meta.dirname, "..", "..", "shared", "seeds");
const folder = mkdtempSync(join(tmpdir(), "k4s-seeds-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
// The names of images that the documents made up.
writeFileSync(join(folder, "images.yaml"), '"myapp*": nginx\n"mydb*": pause\n');

/** The objects that a document shows, in its order. What is no object is the configuration of a program. */
function blocksOf(document: string): string[] {
  const text = readFileSync(join(documents, document), "utf8");
  const blocks = [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, block = ""]) => block);
  return blocks.filter(block => /^kind:/m.test(block));
}

const titled = (block: string) =>
  `${/^kind: *(\w+)/m.exec(block)?.[1]} ${/^ {2}name: *(\S+)/m.exec(block)?.[1]}`;

type Status = Record<string, unknown> & { readonly conditions?: readonly { type: string; status: string }[] };
const isTrue = (status: Status, wanted: string) =>
  status.conditions?.some(({ type, status }) => type === wanted && status === "True") === true;
const hasAll = ({ readyReplicas }: Status) => readyReplicas === 3;

/** By kind, when an object of these documents has come up; those that are not named act by being there. */
const isUp: Readonly<Record<string, (status: Status) => boolean>> = {
  Pod: status => isTrue(status, "Ready"),
  Deployment: status => isTrue(status, "Available"),
  ReplicaSet: hasAll,
  StatefulSet: hasAll,
  HorizontalPodAutoscaler: status => isTrue(status, "AbleToScale"),
};

/** What a claim of 1Gi is bound to: nothing here makes volumes. */
const volumes = [0, 1, 2].map(ordinal => ({
  apiVersion: "v1",
  kind: "PersistentVolume",
  metadata: { name: `volume-${ordinal}` },
  spec: {
    capacity: { storage: "1Gi" },
    accessModes: ["ReadWriteOnce"],
    hostPath: { path: join(folder, `volume-${ordinal}`) },
  },
}));

/** What is told of the blocks of one document; of those of the others nothing is. */
const told: Readonly<Record<string, readonly string[]>> = {
  "kos-user-guide.md": [
    "2:13 apiVersion: v1 is read as apps/v1, where Kubernetes has ReplicaSet",
    "9:5 spec.selector: labels are read as matchLabels, where Kubernetes wants them",
    "2:13 apiVersion: v1 is read as apps/v1, where Kubernetes has Deployment",
    "2:13 apiVersion: v1 is read as apps/v1, where Kubernetes has StatefulSet",
    "2:13 apiVersion: v1 is read as networking.k8s.io/v1, where Kubernetes has NetworkPolicy",
    "2:13 apiVersion: v1 is read as autoscaling/v2, where Kubernetes has HorizontalPodAutoscaler",
    "8:5 spec.scaleTargetRef: the apiVersion of a Deployment, which Kubernetes wants here, is read as apps/v1",
    "18:9 spec.metrics[0].resource.target: value is read as averageUtilization, as Kubernetes calls it",
  ],
};

const areThere = existsSync(documents);
const skipped = areThere ? "" : " (skipped: ../shared/seeds is not there)";

describe.skipIf(!areThere)(`as printed${skipped}`, () => {
  test.each(["kos-user-guide.md", "orch-001.md", "orchestration-fundamentals.md"])("%s", async document => {
    const warnings: string[] = [];
    await using cluster = new Cluster({
      images: folder,
      nodes: 3,
      hostPaths: [folder],
      onWarning: text => void warnings.push(text),
    });
    await cluster.start();
    await cluster.apply(volumes);
    const applied: KubernetesObject[] = [];
    for (const block of blocksOf(document)) applied.push(...(await cluster.apply(block)));
    expect(warnings.map(text => text.replace(/^.*?:/, ""))).toEqual(told[document] ?? []);
    expect(applied.length).toBeGreaterThan(2);
    for (const { kind, metadata } of applied) {
      const check = isUp[kind];
      if (check === undefined) continue;
      const ref = `${kind}/${metadata.name}`;
      await cluster.waitFor(ref, object => check(((object as { status?: Status })?.status ?? {}) as Status));
    }
    for (const { status } of await cluster.list("PersistentVolumeClaim")) expect(status?.phase).toBe("Bound");
  });
});

describe.skipIf(!areThere || !hasKubectl)(`through the server${skipped}`, () => {
  const { kubectl, kubeconfig, tool } = servedCluster({
    images: folder,
    unknownImages: "hollow",
    hostPaths: [folder],
  });
  const blocks = areThere ? blocksOf("kos-user-guide.md") : [];
  beforeAll(() => writeFileSync(join(folder, "kubeconfig"), kubeconfig()));

  function k4s(...args: string[]): Promise<{ stdout: string; stderr: string }> {
    const env = { PATH: process.env.PATH, HOME: folder, KUBECONFIG: join(folder, "kubeconfig") };
    return new Promise((resolve, reject) => {
      execFile(process.execPath, [join(built, "cli.js"), ...args], { env }, (error, stdout, stderr) =>
        error ? reject(new Error(stderr, { cause: error })) : resolve({ stdout, stderr }),
      );
    });
  }

  /** kubectl asks nothing where the group of a kind is missing. */
  const withGroup = (block: string) =>
    block
      .replace(/^(kind: (?:ReplicaSet|Deployment|StatefulSet)\napiVersion: )v1$/m, "$1apps/v1")
      .replace(/^(kind: NetworkPolicy\napiVersion: )v1$/m, "$1networking.k8s.io/v1")
      .replace(/^(kind: HorizontalPodAutoscaler\napiVersion: )v1$/m, "$1autoscaling/v2");

  test.each(blocks.map(block => [titled(block), block] as const))("%s", async (_, block) => {
    const file = join(folder, "block.yaml");
    writeFileSync(file, block);
    // As printed, with the place of each word that is read otherwise.
    const applied = await k4s("apply", "-f", file);
    expect(applied.stdout).toMatch(/ created\n$/);
    const places = applied.stderr.match(/^Warning: .*block\.yaml:\d+:\d+ /gm) ?? [];
    expect(places).toHaveLength((applied.stderr.match(/Warning/g) ?? []).length);
    await k4s("delete", "-f", file);

    // What kubectl sends to create it, and to apply it again.
    const fields = (applied.stderr.match(/^Warning/gm) ?? []).length - (withGroup(block) === block ? 0 : 1);
    for (const outcome of ["created", ""]) {
      const { code, stdout, stderr } = await tool("kubectl", "apply -f -", withGroup(block));
      expect(code, stderr).toBe(0);
      expect(stdout).toContain(outcome);
      if (outcome === "created") expect(stderr.match(/^Warning/gm) ?? []).toHaveLength(fields);
    }
    await kubectl("delete -f -", withGroup(block));

    // As Kubernetes wants it, of which nothing is to be told.
    const { stdout: expanded } = await k4s("expand", "-f", file);
    const { code, stderr } = await tool("kubectl", "create --validate=strict -f -", expanded);
    expect([code, stderr]).toEqual([0, ""]);
    await kubectl("delete --wait=false -f -", expanded);
  });
});
