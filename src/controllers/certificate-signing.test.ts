/** A certificate that was asked for over HTTP and approved opens the API; what the signer refuses is told. */
import "reflect-metadata";
import { request } from "node:https";
import { PemConverter, Pkcs10CertificateRequestGenerator } from "@peculiar/x509";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Cluster } from "../cluster/cluster.ts";
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

/** Asks for a certificate. */
async function made(subject: string, usages: readonly string[]) {
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
  return { keys, csr: await cluster.create({ ...kind, metadata: { name: "jane" }, spec }) };
}

const path = "/apis/certificates.k8s.io/v1/certificatesigningrequests/jane";

/** Writes the status at one of the two subresources. */
function written(part: "approval" | "status", csr: object, status: object, user?: string) {
  return send(`${path}/${part}`, { method: "PUT", body: JSON.stringify({ ...csr, status }), user });
}

const decision = (type: string) => ({ conditions: [{ type, status: "True", reason: "Test" }] });

/** Asks for a certificate, has that approved, and waits for what becomes of it. */
async function asked(subject: string, usages: readonly string[]) {
  const { keys, csr } = await made(subject, usages);
  expect((await written("approval", csr, decision("Approved"))).code).toBe(200);
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
  {
    method = "GET",
    body,
    user,
    url = serving.url,
    ...tls
  }: {
    method?: string;
    body?: string;
    user?: string | undefined;
    url?: string;
    key?: string;
    cert?: string;
  } = {},
) {
  const headers = {
    ...(!tls.cert && { authorization: `Bearer ${serving.token}` }),
    "content-type": "application/json",
    ...(user && { "impersonate-user": user }),
  };
  return new Promise<{ code: number; text: string }>((resolve, reject) => {
    const sent = request(
      url + path,
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

test("a certificate of another cluster is not believed, though the same authority has signed it", async () => {
  const { key, cert } = await asked("CN=system:kube-controller-manager", ["client auth"]);
  const secrets = "/api/v1/secrets";
  expect((await send(secrets, { key, cert })).code).toBe(200);
  await using later = new Cluster({ runtime: "hollow" });
  await later.start();
  const { url, ca } = await later.serve();
  expect(ca).toBe(serving.ca);
  expect((await send(secrets, { key, cert, url })).code).toBe(401);
});

test("a certificate is believed by each server of its cluster", async () => {
  const { url } = await cluster.serve();
  const { key, cert } = await asked("CN=system:kube-controller-manager", ["client auth"]);
  for (const each of [url, serving.url])
    expect((await send("/api/v1/secrets", { key, cert, url: each })).code).toBe(200);
});

test.each([
  ["CN=x, O=system:masters", ["client auth"], "system:masters"],
  ["CN=x", ["server auth"], "usages did not match"],
])("is refused: %s %j", async (subject, usages, why) => {
  const { status } = await asked(subject, usages);
  expect(status?.certificate).toBeUndefined();
  expect(status?.conditions?.at(-1)).toMatchObject({ type: "Failed", message: expect.stringContaining(why) });
});

test.each(["Approved", "Denied"])(
  "%s is a decision, for which the right to the status is not enough",
  async type => {
    const { csr } = await made("CN=x", ["client auth"]);
    const answer = await written("status", csr, decision(type));
    expect(answer.code).toBe(422);
    expect(JSON.parse(answer.text).message).toContain(
      `status.conditions: Forbidden: updates may not add a condition of type "${type}"`,
    );
  },
);

test("a decision stays, whatever is written of the status, and is not written by who may not sign", async () => {
  const { csr } = await made("CN=x", ["server auth"]);
  await written("approval", csr, decision("Denied"));
  const denied = JSON.parse((await send(path)).text);
  expect((await written("status", denied, {})).code).toBe(200);
  expect(JSON.parse((await send(path)).text).status.conditions).toMatchObject([{ type: "Denied" }]);

  const rbac = "rbac.authorization.k8s.io";
  const resources = ["certificatesigningrequests/status"];
  const rules = [{ apiGroups: ["certificates.k8s.io"], resources, verbs: ["update"] }];
  const metadata = { name: "status" };
  await cluster.create({ apiVersion: `${rbac}/v1`, kind: "ClusterRole", metadata, rules } as never);
  await cluster.create({
    apiVersion: `${rbac}/v1`,
    kind: "ClusterRoleBinding",
    metadata,
    roleRef: { apiGroup: rbac, kind: "ClusterRole", name: "status" },
    subjects: [{ kind: "User", name: "eve" }],
  } as never);
  const { status } = denied;
  delete denied.metadata.resourceVersion;
  expect((await written("status", denied, status, "eve")).code).toBe(200);
  const answer = await written("status", denied, { ...status, certificate: "bWluZQ==" }, "eve");
  expect(answer.code).toBe(403);
  expect(JSON.parse(answer.text).message).toContain(
    'user not permitted to sign requests with signerName "kubernetes.io/kube-apiserver-client"',
  );
});
