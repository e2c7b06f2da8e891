/** Requests for certificates go when nobody needs them any more, each after its time. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { Authority, IssuedCertificates, serverCertificate } from "../access/index.ts";
import { author, TestCluster } from "../loop/test-cluster.ts";
import { timestamp } from "../outside/index.ts";
import { certificateRequestCleaner } from "./certificate-request-cleaner.ts";
import { signingRequest } from "./test-certificate-requests.ts";

const minute = 60_000;
let cluster: TestCluster;

beforeEach(async () => {
  cluster = await TestCluster.of(certificateRequestCleaner);
});

afterEach(async () => {
  await cluster.stop();
  expect(cluster.failures).toEqual([]);
});

/** A request, and what was decided of it right away. */
async function asked(decisions: readonly string[] = [], expirationSeconds?: number): Promise<void> {
  const now = cluster.clock.now();
  const wanted = { commonName: "a", organizations: [] };
  const draft = await signingRequest("a", wanted, {
    signerName: "kubernetes.io/kube-apiserver-client",
    usages: ["client auth"],
    ...(expirationSeconds !== undefined && { expirationSeconds }),
  });
  const made = await cluster.create(draft as never);
  const time = timestamp(now);
  const conditions = decisions.map(type => ({
    ...{ type, status: "True", reason: "Test", message: "" },
    ...{ lastUpdateTime: time, lastTransitionTime: time },
  }));
  const files = await serverCertificate({ hosts: ["127.0.0.1"], now });
  const authority = new Authority(() => files, new IssuedCertificates());
  const signed = expirationSeconds === undefined ? undefined : await authority.sign(made as never, now);
  const certificate = signed && Buffer.from(signed).toString("base64");
  const status = { conditions, ...(certificate && { certificate }) };
  const write = (subresource: string) =>
    cluster.registry.modify(draft.kind as "Pod", "", "a", last => ({ ...last, status }) as never, {
      author,
      subresource,
    });
  if (decisions.length > 0) await write("approval");
  if (certificate) await write("status");
}

const isThere = () => cluster.get("CertificateSigningRequest", "a") !== undefined;

test.each<[string, number, Parameters<typeof asked>]>([
  ["nobody has decided: a day", 24 * 60, []],
  ["it was denied: an hour", 60, [["Denied"]]],
  ["it was refused by its signer: an hour", 60, [["Approved", "Failed"]]],
  ["it was signed: an hour", 60, [["Approved"], 7_200]],
  ["it was signed, for less: until that is over", 10, [["Approved"], 600]],
])("%s", async (_, minutes, given) => {
  await asked(...given);
  await cluster.advance((minutes - 1) * minute);
  expect(isThere()).toBe(true);
  await cluster.advance(2 * minute);
  expect(isThere()).toBe(false);
});

test("it was approved, and waits for its certificate: as long as that takes", async () => {
  await asked(["Approved"]);
  await cluster.advance(48 * 60 * minute);
  expect(isThere()).toBe(true);
});
