import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { TestCluster } from "../../loop/test-cluster.ts";
import { timestamp } from "../../outside/index.ts";
import type {
  Draft,
  Pod,
  ServiceAccountTokenProjection,
  Volume,
  VolumeProjection,
} from "../../resources/index.ts";
import { StorageDrivers } from "../../storage/index.ts";
import { nodeWriter, type RegistryVerbs } from "../../store/index.ts";
import { ConfigError } from "../containers/index.ts";
import { HostFolders } from "./host-folders.ts";
import { PodVolumes } from "./pod-volumes.ts";
import { PublishedVolumes } from "./published-volumes.ts";
import { SourceWatch } from "./source-watch.ts";
import { VolumeFolders } from "./volume-folders.ts";

let cluster: TestCluster;
let folders: VolumeFolders;
let volumes: PodVolumes;
/** How many tokens were given; each is called by its number. */
let given: number;
let isRefused: boolean;
const faults: unknown[] = [];
const told: string[] = [];
/** The pod as it is now. */
let pod: Pod;

beforeEach(async () => {
  cluster = await TestCluster.of();
  folders = new VolumeFolders();
  folders.hold();
  given = 0;
  isRefused = false;
  faults.length = 0;
  told.length = 0;
});

afterEach(async () => {
  await volumes.close();
  await folders.release();
  await cluster.stop();
});

/** A pod with one volume that shows tokens, and where that lies. */
function mounted(...tokens: readonly ServiceAccountTokenProjection[]): Promise<string> {
  const sources = tokens.map(serviceAccountToken => ({ serviceAccountToken }));
  return withVolume({ projected: { sources: [...sources, { configMap: { name: "shown" } }] } });
}

/** A pod with this volume, and where that lies; nothing where it was left out. */
async function withVolume(volume: Omit<Volume, "name">, isLenient = false): Promise<string> {
  const volumeMounts = [{ name: "tokens", mountPath: "/tokens" }];
  const container = { name: "app", image: "echo", volumeMounts };
  const draft: Draft<Pod> = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", namespace: "demo" },
    spec: {
      containers: [container],
      volumes: [{ name: "tokens", ...volume }],
    },
  };
  await cluster.create({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "shown", namespace: "demo" },
  });
  pod = await cluster.create<Pod>(draft);
  const { store } = cluster;
  const registry = {
    store,
    async create(request: { readonly spec: { readonly expirationSeconds: number } }) {
      if (isRefused) throw new Error("refused");
      const ends = cluster.clock.now() + request.spec.expirationSeconds * 1_000;
      const status = { token: `token ${++given}`, expirationTimestamp: timestamp(ends) };
      return { object: { ...request, status } };
    },
  } as unknown as RegistryVerbs;
  volumes = new PodVolumes({
    pod: { pod: () => pod, podIP: () => "127.0.0.2", hostIP: () => "127.0.0.1" } as never,
    folders,
    sources: new SourceWatch(store),
    published: new PublishedVolumes({
      drivers: new StorageDrivers([], cluster.clock),
      folders,
      registry,
      clock: cluster.clock,
    }),
    hostFolders: new HostFolders([]),
    registry,
    writer: nodeWriter("node-1"),
    tell: (type, reason, message) => told.push(`${type} ${reason} ${message}`),
    clock: cluster.clock,
    isLenient,
    onFault: fault => faults.push(fault),
  });
  await volumes.make();
  return (
    volumes.of(container, text => text, "the machine's").mounts.find(({ path }) => path === "/tokens")
      ?.place ?? ""
  );
}

test("nothing but its own user reads what lies in the folder, and no variable leads out of a volume", async () => {
  const folder = await mounted({ path: "token" });
  if (process.platform !== "win32") expect(statSync(join(folder, "../..")).mode & 0o777).toBe(0o700);
  const of = (value: string) => {
    const volumeMounts = [{ name: "tokens", mountPath: "/tokens", subPathExpr: "$(WHERE)" }];
    return volumes.of({ name: "app", image: "echo", volumeMounts }, () => value, "the machine's");
  };
  expect(of("a/b..c").mounts[0]?.path).toBe("/tokens");
  for (const path of ["..", "../../../etc", "a/../../b", "/etc"]) expect(() => of(path)).toThrow(ConfigError);
});

const becomes = (path: string, text: string) =>
  vi.waitFor(() => expect(readFileSync(path, "utf8")).toBe(text), 10_000);

test.each([
  [3_600, 2_879],
  [600, 479],
  [7 * 24 * 3_600, 24 * 3_600 - 1],
])(
  "a token of %i seconds is another after four fifths of that, or a day",
  async (expirationSeconds, kept) => {
    const file = join(await mounted({ path: "token", expirationSeconds }), "token");
    await becomes(file, "token 1");
    await cluster.advance(kept * 1_000);
    await becomes(file, "token 1");
    expect(given).toBe(1);
    await cluster.advance(2_000);
    await becomes(file, "token 2");
    await cluster.advance(kept * 1_000 + 2_000);
    await becomes(file, "token 3");
    expect(faults).toEqual([]);
  },
);

test("each token has its own time, and what changes beside them renews none", async () => {
  const folder = await mounted(
    { path: "short", expirationSeconds: 600 },
    { path: "long", expirationSeconds: 3_600, audience: "vault" },
  );
  await cluster.change("ConfigMap", "shown", object => ({ ...object, data: { now: "there" } }));
  await becomes(join(folder, "now"), "there");
  expect(given).toBe(2);
  await cluster.advance(481_000);
  await becomes(join(folder, "short"), "token 3");
  await becomes(join(folder, "long"), "token 2");
});

test("where no new one is given, the old one stays while it is good, and it is tried again", async () => {
  const file = join(await mounted({ path: "token", expirationSeconds: 600 }), "token");
  isRefused = true;
  await cluster.advance(490_000);
  await becomes(file, "token 1");
  isRefused = false;
  await vi.waitFor(async () => {
    await cluster.advance(60_000);
    expect(readFileSync(file, "utf8")).toBe("token 2");
  }, 10_000);
  expect(faults).toEqual([]);
});

test("what is mounted by a subPath stays as it was when its container started; the next one has the newest", async () => {
  const folder = await mounted({ path: "token" });
  const show = (now: string) =>
    cluster.change("ConfigMap", "shown", object => ({ ...object, data: { now } }));
  await show("first");
  await becomes(join(folder, "now"), "first");
  const start = () => {
    const volumeMounts = [{ name: "tokens", mountPath: "/etc/now", subPath: "now" }];
    const { mounts, release } = volumes.of(
      { name: "app", image: "echo", volumeMounts },
      text => text,
      "the machine's",
    );
    const [{ place = "", isReadOnly = false } = {}] = mounts;
    return { text: () => readFileSync(place, "utf8"), place, isReadOnly, release };
  };
  const before = start();
  await show("second");
  await becomes(join(folder, "now"), "second");
  expect([before.text(), before.isReadOnly, start().text()]).toEqual(["first", true, "second"]);
  before.release();
  await vi.waitFor(() => expect(existsSync(before.place)).toBe(false), 10_000);
});

test.each<[string, VolumeProjection]>([
  ["clusterTrustBundle", { clusterTrustBundle: { path: "ca.pem", name: "roots" } }],
  [
    "podCertificate",
    { podCertificate: { signerName: "a.b/c", keyType: "ED25519", credentialBundlePath: "c" } },
  ],
])("a projected source that is not there, %s, is told and not left out", async (kind, source) => {
  await expect(withVolume({ projected: { sources: [source] } })).rejects.toThrow(
    `MountVolume.SetUp failed for volume "tokens" : k4s has no projected sources of the kind ${kind}, only configMap,`,
  );
});

test("a pod that is gone asks for none", async () => {
  await mounted({ path: "token", expirationSeconds: 600 });
  await volumes.close();
  await cluster.advance(3_600_000);
  expect(given).toBe(1);
});

test("volumes of a pod that goes while they are made are made to the end, and removed", async () => {
  const folder = await mounted({ path: "token" });
  const made: string[] = [];
  const making = volumes.make().then(() => made.push("made"));
  await volumes.close();
  expect(made).toEqual(["made"]);
  await making;
  expect(existsSync(dirname(folder))).toBe(false);
});

test("a volume of a kind that is not there is told, and left out where pods pretend", async () => {
  const volume = { nfs: { server: "files.example.com", path: "/" } };
  await expect(withVolume(volume)).rejects.toThrow(
    'MountVolume.SetUp failed for volume "tokens" : k4s has no volumes of the kind nfs, only configMap,',
  );
  await cluster.delete("Pod", "web");
  await cluster.delete("ConfigMap", "shown");
  expect(await withVolume(volume, true)).toBe("");
});

test("files whose ConfigMap has gone bad stay as they were, and that is told", async () => {
  const items = [{ key: "a", path: "a" }];
  const show = (data: Readonly<Record<string, string>>) =>
    cluster.change("ConfigMap", "shown", object => ({ ...object, data }));
  await expect(withVolume({ configMap: { name: "shown", items } })).rejects.toThrow(
    "references non-existent",
  );
  await show({ a: "first" });
  await volumes.make();
  const place = join(volumes.placeOf("tokens") ?? "", "a");
  await becomes(place, "first");
  await show({ b: "second" });
  const failed = 'Warning FailedMount MountVolume.SetUp failed for volume "tokens" : configmap';
  await vi.waitFor(() => expect(told).toEqual([`${failed} references non-existent config key: a`]), 10_000);
  await cluster.delete("ConfigMap", "shown");
  await vi.waitFor(() => expect(told[1]).toBe(`${failed} "shown" not found`), 10_000);
  await becomes(place, "first");
  expect(faults).toEqual([]);
});

test("what a pod shows of its containers follows a resize", async () => {
  const resourceFieldRef = { containerName: "app", resource: "limits.cpu", divisor: "1m" };
  const folder = await withVolume({ downwardAPI: { items: [{ path: "cpu", resourceFieldRef }] } });
  const resized = (cpu: string) => {
    const before = pod;
    const [app = { name: "app", image: "echo" }] = pod.spec.containers;
    pod = { ...pod, spec: { ...pod.spec, containers: [{ ...app, resources: { limits: { cpu } } }] } };
    volumes.follow(before);
  };
  resized("200m");
  await becomes(join(folder, "cpu"), "200");
  resized("300m");
  await becomes(join(folder, "cpu"), "300");
});
