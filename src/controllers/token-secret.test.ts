/** Secrets that keep a token of a service account: filled, believed, and worth nothing once they or their account are gone. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ServiceAccountTokens, serviceAccountKey } from "../access/index.ts";
import { TestCluster } from "../loop/test-cluster.ts";
import { seededRandom } from "../outside/index.ts";
import type { Draft, Secret } from "../resources/index.ts";
import type { Store } from "../store/index.ts";
import { tokenSecret } from "./token-secret.ts";

let cluster: TestCluster;
let tokens: ServiceAccountTokens;
/** By how much the clock that tokens are read by is ahead, in milliseconds. */
let later = 0;

beforeEach(async () => {
  const key = serviceAccountKey(undefined);
  // The controller comes with its cluster, and the tokens are about what is stored there.
  const store: Pick<Store, "get"> = { get: (...where) => cluster.store.get(...where) };
  later = 0;
  const clock = { now: () => cluster.clock.now() + later };
  tokens = new ServiceAccountTokens({ store, clock, random: seededRandom(1), key: () => key });
  cluster = await TestCluster.of(
    tokenSecret(
      { issueFor: (account, secret) => tokens.issueFor(account, secret) },
      () => ({ trusted: "PEM" }) as never,
    ),
  );
  await cluster.create({
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "s", namespace: "demo" },
  });
});

afterEach(async () => {
  await cluster.stop();
  expect(cluster.failures).toEqual([]);
});

function secret(account: string, type = "kubernetes.io/service-account-token"): Draft<Secret> {
  const annotations = { "kubernetes.io/service-account.name": account };
  return { apiVersion: "v1", kind: "Secret", metadata: { name: "t", namespace: "demo", annotations }, type };
}

const found = () => cluster.store.get("Secret", "demo", "t");
const read = (key: string) => Buffer.from(found()?.data?.[key] ?? "", "base64").toString();

/** What is signed is signed off the loop. */
async function filled(): Promise<void> {
  const isFilled = async () => {
    await cluster.settle();
    return found()?.data?.token !== undefined;
  };
  await vi.waitUntil(isFilled, { timeout: 15_000, interval: 5 });
}

test("one is filled with a token that never runs out, until it is gone", async () => {
  await cluster.create(secret("s"));
  await filled();
  const uid = cluster.store.get("ServiceAccount", "demo", "s")?.metadata.uid;
  expect(found()?.metadata.annotations?.["kubernetes.io/service-account.uid"]).toBe(uid);
  expect([read("namespace"), read("ca.crt")]).toEqual(["demo", "PEM"]);
  const token = read("token");
  later = 365 * 24 * 3600 * 1000;
  expect((await tokens.authenticate(token, []))?.user.name).toBe("system:serviceaccount:demo:s");
  expect(read("token")).toBe(token);
  await cluster.delete("Secret", "t");
  expect(await tokens.authenticate(token, [])).toBeUndefined();
});

test("one whose account is not there, or goes, is deleted", async () => {
  await cluster.create(secret("nobody"));
  await cluster.settle();
  expect(found()).toBeUndefined();
  await cluster.create(secret("s"));
  await filled();
  await cluster.delete("ServiceAccount", "s");
  await cluster.settle();
  expect(found()).toBeUndefined();
});

test("a Secret of another type is left alone", async () => {
  await cluster.create(secret("nobody", "Opaque"));
  await cluster.settle();
  expect(found()?.data).toBeUndefined();
});
