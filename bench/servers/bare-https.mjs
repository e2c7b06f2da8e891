/**
 * What `node:https` alone does for the same bytes: each answer is as long as the API's, nothing is checked, and nothing is kept but
 * who watches. It is the limit of what a server in Node.js can reach.
 */
import { createServer } from "node:https";
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { cryptoProvider, SubjectAlternativeNameExtension, X509CertificateGenerator } from "@peculiar/x509";

cryptoProvider.set(webcrypto);
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
const certificate = await X509CertificateGenerator.createSelfSigned({
  name: "CN=bare",
  keys,
  signingAlgorithm: algorithm,
  extensions: [new SubjectAlternativeNameExtension([{ type: "ip", value: "127.0.0.1" }])],
});
const cert = certificate.toString("pem");
const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
const key = `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`;

const watchers = new Set();
const lists = new Map();
let revision = 0;

const server = createServer({ cert, key }, async (request, response) => {
  const url = new URL(request.url, "https://bare");
  if (request.method === "GET") {
    if (url.searchParams.has("watch")) {
      response.writeHead(200, { "Content-Type": "application/json" }).flushHeaders();
      watchers.add(response);
      response.once("close", () => watchers.delete(response));
    } else if (url.searchParams.has("limit"))
      answer(response, 200, listOf(Number(url.searchParams.get("limit"))));
    else answer(response, 200, Buffer.from(JSON.stringify(objectOf("object"))));
    return;
  }
  let body = "";
  for await (const part of request.setEncoding("utf8")) body += part;
  const text = JSON.stringify(objectOf(JSON.parse(body).metadata.name));
  answer(response, request.method === "POST" ? 201 : 200, Buffer.from(text));
  for (const watcher of watchers) watcher.write(`{"type":"MODIFIED","object":${text}}\n`);
});
server.listen(0, "127.0.0.1", () => {
  process.send({ url: `https://127.0.0.1:${server.address().port}`, ca: cert, token: "none" });
});
process.once("disconnect", () => process.exit());

function answer(response, code, bytes) {
  response.writeHead(code, { "Content-Type": "application/json", "Content-Length": bytes.length });
  response.end(bytes);
}

function listOf(count) {
  if (!lists.has(count)) {
    const items = Array.from({ length: count }, (_, n) => objectOf(`object-${n}`));
    lists.set(count, Buffer.from(JSON.stringify({ kind: "ConfigMapList", apiVersion: "v1", items })));
  }
  return lists.get(count);
}

/** A ConfigMap as the API answers it, with the fields that a server adds. */
function objectOf(name) {
  const managed = { manager: "unknown", operation: "Update", apiVersion: "v1", time: "2026-01-01T00:00:00Z" };
  const fields = {
    fieldsType: "FieldsV1",
    fieldsV1: { "f:data": { ".": {}, "f:first": {}, "f:second": {} } },
  };
  const metadata = {
    name,
    namespace: "default",
    uid: "6c1f6c1f-6c1f-4c1f-8c1f-6c1f6c1f6c1f",
    resourceVersion: String(++revision),
    creationTimestamp: "2026-01-01T00:00:00Z",
    managedFields: [{ ...managed, ...fields }],
  };
  return { kind: "ConfigMap", apiVersion: "v1", metadata, data: { first: "1", second: "2" } };
}
