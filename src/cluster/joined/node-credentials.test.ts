/** A node's own certificate: asked for anew by the node, before its end, at an API server that runs. */
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ServerConnection } from "../../client/index.ts";
import { realClock, realRandom, VirtualClock } from "../../outside/index.ts";
import type { Draft, SelfSubjectReview } from "../../resources/index.ts";
import { startServedCluster } from "../served-cluster.ts";
import { firstCredentials, keptCredentials, NodeCredentials } from "./node-credentials.ts";

it("is renewed before its end, kept, and known to the server; while it cannot be, that is told and tried again", async () => {
  const folder = mkdtempSync(join(tmpdir(), "node-credentials-test-"));
  const served = await startServedCluster({ nodes: 0, data: join(folder, "cluster") });
  const clock = new VirtualClock(Date.now());
  const faults: unknown[] = [];
  let held: NodeCredentials | undefined;
  try {
    const stringData = {
      "token-id": "farfar",
      "token-secret": "0123456789abcdef",
      "usage-bootstrap-authentication": "true",
    };
    const secret = { name: "bootstrap-token-farfar", namespace: "kube-system" };
    await served.cluster.create({
      apiVersion: "v1",
      kind: "Secret",
      metadata: secret,
      type: "bootstrap.kubernetes.io/token",
      stringData,
    } as Draft);
    const config = readFileSync(served.kubeconfig, "utf8");
    const [, ca = ""] = /certificate-authority-data: (\S+)/.exec(config) ?? [];
    const server = { address: served.url };
    const parts = {
      get server() {
        return server.address;
      },
      ...{ node: "n", folder, random: realRandom },
      onFault: (fault: unknown) => void faults.push(fault),
    };
    const first = await firstCredentials(
      { ...parts, server: served.url, clock: realClock },
      "farfar.0123456789abcdef",
      Buffer.from(ca, "base64").toString(),
    );
    const end = Date.parse(new X509Certificate(first.cert).validTo);
    server.address = "https://127.0.0.1:1";
    held = new NodeCredentials(Object.assign(parts, { clock }), first);
    await clock.advance(0.6 * (end - clock.now()));
    expect([held.held, faults]).toEqual([first, []]);
    await clock.advance(0.35 * (end - Date.now()));
    await expect.poll(() => faults.length).toBeGreaterThan(0);
    expect(held.held).toBe(first);
    server.address = served.url;
    // The server decides in its own time.
    await expect
      .poll(async () => {
        await clock.advance(60_000);
        return held?.held.cert;
      })
      .not.toBe(first.cert);
    expect(keptCredentials({ ...parts, server: served.url, clock: realClock })).toEqual(held.held);
    const review = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
    const known = await new ServerConnection(held.address).json<SelfSubjectReview>(
      "/apis/authentication.k8s.io/v1/selfsubjectreviews",
      { method: "POST", body: review },
    );
    expect(known.status?.userInfo).toMatchObject({
      username: "system:node:n",
      groups: expect.arrayContaining(["system:nodes"]),
    });
  } finally {
    held?.stop();
    await served.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
