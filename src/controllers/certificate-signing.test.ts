/** A certificate that was asked for over HTTP and approved opens the API; what the signer refuses is told. */
import "reflect-metadata";
import { request } from "node:https";
import { PemConverter, Pkcs10CertificateRequestGenerator } from "@peculiar/x509";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Cluster } from "../cluster.ts";
import type { CertificateSigningRequest } from "../resources/index.ts";
import type { Serving } from "../server/index.ts";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
let cluster: Cluster;
let serving: Serving;

beforeEach(async () => {
  cluster = new Cluster({ runtime: "hollow" });
  await cluster.start();
  serving = await cluster.serve();
});
afterEach(() => cluster.stop());

/** Asks for a certificate, has that approved, and waits for what becomes of it. */
async function asked(subject: string, usages: readonly string[]) {
  const keys = await globalThis.crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const csr = await Pkcs10CertificateRequestGenerator.create({
    name: subject,
    keys,
    signingAlgorithm: algorithm,
  });
  const kind = { apiVersion: "certificates.k8s.io/v1", kind: "CertificateSigningRequest" };
  const spec = {
    request: Buffer.from(csr.toString("pem")).toString("base64"),
    usages,
    username: "somebody else",
    signerName: "kubernetes.io/kube-apiserver-client",
  };
  const made = await cluster.create({ ...kind, metadata: { name: "jane" }, spec });
  const conditions = [{ type: "Approved", status: "True", reason: "Test" }];
  const approved = { ...made, status: { conditions } };
  const answer = await send("/apis/certificates.k8s.io/v1/certificatesigningrequests/jane/approval", {
    method: "PUT",
    body: JSON.stringify(approved),
  });
  expect(answer.code).toBe(200);
  const { status, spec: kept } = (await cluster.waitFor(
    "CertificateSigningRequest/jane",
    (each: CertificateSigningRequest | undefined) =>
      (each?.status?.conditions?.length ?? 0) > 1 || each?.status?.certificate !== undefined,
  )) as CertificateSigningRequest;
  const key = PemConverter.encode(
    await globalThis.crypto.subtle.exportKey("pkcs8", keys.privateKey),
    "PRIVATE KEY",
  );
  const cert = Buffer.from(status?.certificate ?? "", "base64").toString();
  return { status, username: kept.username, key, cert };
}

function send(
  path: string,
  { method = "GET", body, ...tls }: { method?: string; body?: string; key?: string; cert?: string } = {},
) {
  const headers = {
    ...(!tls.cert && { authorization: `Bearer ${serving.token}` }),
    "content-type": "application/json",
  };
  return new Promise<{ code: number; text: string }>((resolve, reject) => {
    const sent = request(
      serving.url + path,
      { method, headers, ca: serving.ca, agent: false, ...tls },
      async response => {
        let text = "";
        for await (const piece of response) text += piece;
        resolve({ code: response.statusCode ?? 0, text });
      },
    );
    sent.once("error", reject);
    sent.end(body);
  });
}

test("the user of the certificate is the one it names, and has its rights", async () => {
  const { username, key, cert } = await asked("CN=jane, O=devs", ["client auth"]);
  expect(username).toBe("kubernetes-admin");
  const { code, text } = await send("/api/v1/namespaces/default/pods", { key, cert });
  expect([code, text]).toEqual([403, expect.stringContaining('User \\"jane\\" cannot list')]);
  await cluster.waitFor("ConfigMap/kube-root-ca.crt", map => map !== undefined);
});

test.each([
  ["CN=x, O=system:masters", ["client auth"], "system:masters"],
  ["CN=x", ["server auth"], "usages did not match"],
])("is refused: %s %j", async (subject, usages, why) => {
  const { status } = await asked(subject, usages);
  expect(status?.certificate).toBeUndefined();
  expect(status?.conditions?.at(-1)).toMatchObject({ type: "Failed", message: expect.stringContaining(why) });
});
