/** Which name a holder of a bootstrap token may have: none of a node that is heard. Clocks of nodes have no say in it. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { bootstrappers } from "../access/index.ts";
import { node, TestCluster } from "../loop/test-cluster.ts";
import { microTime } from "../outside/index.ts";
import { certificateApproval } from "./certificate-approval.ts";
import { signingRequest } from "./test-certificate-requests.ts";

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await TestCluster.of(certificateApproval(async () => ({ allowed: true, reason: "all may" })));
});

afterEach(async () => {
  await cluster.stop();
  expect(cluster.failures).toEqual([]);
});

/** A node whose clock is behind that of the cluster. */
async function registered(ready: string, behindMs = 0): Promise<void> {
  await cluster.create(node("far"));
  await cluster.reportNode("far", { conditions: [{ type: "Ready", status: ready }] });
  const renewTime = microTime(cluster.clock.now() - behindMs);
  await cluster.create({
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name: "far", namespace: "kube-node-lease" },
    spec: { holderIdentity: "far", leaseDurationSeconds: 40, renewTime },
  } as never);
}

test.each([
  ["of no node", async () => {}, "Approved"],
  ["of a node that is heard", () => registered("True"), "Denied"],
  ["of a node that is heard, an hour behind", () => registered("True", 3_600_000), "Denied"],
  ["of a node that is not ready, and says so", () => registered("False"), "Denied"],
  ["of a node that is not heard, an hour ahead", () => registered("Unknown", -3_600_000), "Approved"],
  ["of a node that has said farewell", () => cluster.create(node("far")), "Approved"],
])("a name %s", async (_, given, decision) => {
  await cluster.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "kube-node-lease" } });
  await given();
  const wanted = { commonName: "system:node:far", organizations: ["system:nodes"] };
  const spec = {
    signerName: "kubernetes.io/kube-apiserver-client-kubelet",
    usages: ["digital signature", "client auth"],
    username: "system:bootstrap:abcdef",
    groups: [bootstrappers],
  };
  await cluster.create((await signingRequest("far", wanted, spec)) as never);
  // The request is read on threads of Node, which take what time they take.
  await vi.waitFor(async () => {
    await cluster.settle();
    const { status } = cluster.the("CertificateSigningRequest", "far");
    expect(status?.conditions?.map(({ type }) => type)).toEqual([decision]);
  }, 20_000);
});
