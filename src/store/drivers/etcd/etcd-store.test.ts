/** The store in etcd keeps every promise of a store, against a real etcd; and what several stores on one etcd promise each other. */
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { etcd, type RealEtcd, startEtcd } from "../../../../test/real-etcd.ts";
import { Authority, IssuedCertificates, serverCertificate } from "../../../access/index.ts";
import { ApiError } from "../../../errors/index.ts";
import { realClock, VirtualClock } from "../../../outside/index.ts";
import type { KubernetesObject } from "../../../resources/index.ts";
import { EncryptionAtRest } from "../../encryption-at-rest.ts";
import { type StoreUnderTest, storeSuite } from "../../store.suite.ts";
import type { Change, Stored } from "../../store.ts";
import { author, draft, key, rethrow, unjudged } from "../../test-worlds.ts";
import { watchSuite } from "../../watchers.suite.ts";
import { EtcdClient, type EtcdOptions } from "./client.ts";
import { Compaction } from "./compaction.ts";
import { EtcdStore, type EtcdStoreOptions } from "./etcd-store.ts";
import type { KindFolders } from "./layout.ts";
import { decoded, encoded } from "./messages.ts";
import { restoreIntoEtcd } from "./restoring.ts";

if (!etcd)
  console.warn(
    "there is no etcd on this machine: the store in etcd is not tested; ETCD may name the program",
  );

const kinds: KindFolders = {
  folderOf: kind => `${kind.toLowerCase()}s`,
  kindOf: ({ kind }) => (kind === "Pod" ? kind : undefined),
  isKnown: folder => folder === "pods",
  faultIn: (_, object) => ("broken" in object ? "broken: must not be there" : undefined),
};
/** The suites put objects of the kind Pod at keys of other kinds. */
const anyKind: KindFolders = { folderOf: kind => `kinds/${kind}`, kindOf: () => undefined, ...unjudged };

describe.skipIf(!etcd)("against a real etcd", () => {
  let server: RealEtcd;
  beforeAll(async () => {
    server = await startEtcd();
  });
  afterAll(() => server.stop());

  const open: EtcdStore[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map(store => store.close()));
  });
  let count = 0;
  const freshPrefix = () => `/test-${++count}`;

  function make(options: Partial<EtcdStoreOptions> & StoreUnderTest): EtcdStore {
    const etcd = { endpoints: [server.url], prefix: freshPrefix() };
    const store = new EtcdStore({
      etcd,
      kinds: anyKind,
      identity: `server-${count}`,
      onEtcdFault: rethrow,
      ...options,
    });
    open.push(store);
    return store;
  }

  type Given = Partial<Pick<EtcdStoreOptions, "etcd" | "onEtcdFault" | "sealing">>;

  async function opened(
    prefix: string,
    { etcd, onEtcdFault = rethrow, sealing }: Given = {},
  ): Promise<EtcdStore> {
    const at = { endpoints: [server.url], prefix, ...etcd };
    const identity = `${prefix} ${open.length}`;
    const store = new EtcdStore({
      clock: realClock,
      onFault: rethrow,
      kinds,
      identity,
      onEtcdFault,
      etcd: at,
      sealing,
    });
    open.push(store);
    await store.open();
    return store;
  }

  storeSuite("in etcd", options => make(options), { runs: 8, takesContent: false });
  watchSuite("in etcd", async options => {
    const store = make(options);
    await store.open();
    return store;
  });

  function pod(name: string, spec?: unknown): KubernetesObject {
    const metadata = { ...draft().metadata, name, namespace: "a" };
    return { ...draft(), metadata, ...(spec !== undefined && { spec }) } as KubernetesObject;
  }

  test("an object lies where kube-apiserver keeps it, as JSON without its revision", async () => {
    const prefix = freshPrefix();
    const store = await opened(prefix);
    const a = await store.add(key("Pod", "a", "x"), pod("x", { nodeName: "é" }), author);
    const [found] = await server.range(`${prefix}/pods/a/x`);
    expect(found?.revision).toBe(Number(a.metadata.resourceVersion));
    const { resourceVersion: _, ...metadata } = a.metadata;
    expect(JSON.parse(found?.value ?? "")).toEqual({ ...a, metadata });
  });

  test("two stores on one etcd know what the other writes, by whom and why", async () => {
    const prefix = freshPrefix();
    const [one, two] = [await opened(prefix), await opened(prefix)];
    const told: Change[] = [];
    two.watch({}, change => void told.push(change));
    const x = await one.add(key("Pod", "a", "x"), pod("x"), { ...author, cause: 7 });
    // The other has seen all that was before its own write when that resolves.
    await two.add(key("Pod", "a", "y"), pod("y"), author);
    expect(two.get("Pod", "a", "x")).toEqual(x);
    expect(told[0]).toEqual(one.history(key("Pod", "a", "x"))[0]);
    expect(told[0]).toMatchObject({ actor: "test", cause: 7, user: "kubernetes-admin" });
    const three = await opened(prefix);
    expect(three.list("Pod")).toEqual(two.list("Pod"));
  });

  test("of two stores that write on top of one version one is refused, and knows then who was faster", async () => {
    const prefix = freshPrefix();
    const [one, two] = [await opened(prefix), await opened(prefix)];
    const x = await one.add(key("Pod", "a", "x"), pod("x"), author);
    await two.add(key("Pod", "a", "y"), pod("y"), author);
    const written = [1, 2].map((spec, index) =>
      (index === 0 ? one : two).replace(key("Pod", "a", "x"), x, { ...x, spec } as KubernetesObject, author),
    );
    const settled = await Promise.allSettled(written);
    expect(settled.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(settled.find(({ status }) => status === "rejected")).toMatchObject({
      reason: { reason: "Conflict" },
    });
    expect(one.get("Pod", "a", "x")).toEqual(two.get("Pod", "a", "x"));
    await expect(two.add(key("Pod", "a", "x"), pod("x"), author)).rejects.toMatchObject({
      reason: "AlreadyExists",
    });
  });

  test("what is decided by other objects holds across stores", async () => {
    const prefix = freshPrefix();
    const stores = [await opened(prefix), await opened(prefix), await opened(prefix)];
    const take = (store: EtcdStore, name: string) =>
      store.alone(
        () => ["quota", "another"],
        async () =>
          store.count("Pod") < 5 ? store.add(key("Pod", "a", name), pod(name), author) : undefined,
      );
    const taken = await Promise.all(
      Array.from({ length: 15 }, (_, i) => take(stores[i % 3] as EtcdStore, `p${i}`)),
    );
    expect(taken.filter(each => each !== undefined)).toHaveLength(5);
    expect(await server.range(`${prefix}/pods/`)).toHaveLength(5);
  });

  test("who leads no more writes nothing, whichever store the other writes through", async () => {
    const prefix = freshPrefix();
    const [one, two] = [await opened(prefix), await opened(prefix)];
    const first = await one.add(key("Pod", "a", "lease"), pod("lease"), { ...author, claims: "it" });
    const led = { ...author, fence: { of: "it", claim: Number(first.metadata.resourceVersion) } };
    await one.add(key("Pod", "a", "x"), pod("x"), led);
    await two.add(key("Pod", "a", "other"), pod("other"), author);
    const lease = two.get<string>("Pod", "a", "lease") as KubernetesObject;
    await two.replace(key("Pod", "a", "lease"), lease, pod("lease"), { ...author, claims: "it" });
    await expect(one.add(key("Pod", "a", "y"), pod("y"), led)).rejects.toMatchObject({ reason: "Conflict" });
    expect(await server.range(`${prefix}/pods/a/y`)).toEqual([]);
  });

  test("many writes at once wait their turn, and a lease does not", async () => {
    const prefix = freshPrefix();
    const store = await opened(prefix);
    const names = Array.from({ length: 400 }, (_, i) => `p${i}`);
    let written = 0;
    const all = names.map(async name => {
      await store.add(key("Pod", "a", name), pod(name), author);
      written++;
    });
    await store.add(key("Lease", "a", "held"), { ...pod("held"), kind: "Lease" } as KubernetesObject, author);
    expect(written).toBeLessThan(300);
    await Promise.all(all);
    expect(store.count("Pod")).toBe(names.length);
  });

  test("objects that other programs write, change and remove are told like all others, also many at once", async () => {
    const prefix = freshPrefix();
    const store = await opened(prefix);
    const told: string[] = [];
    store.watch({ kind: "Pod" }, ({ type, key, actor }) => void told.push(`${type} ${key.name} ${actor}`));
    await server.put(`${prefix}/pods/a/x`, JSON.stringify(pod("x")));
    await server.put(`${prefix}/pods/a/y`, JSON.stringify(pod("y")));
    await server.put(`${prefix}/ranges/x`, JSON.stringify(pod("x")));
    await server.remove(`${prefix}/pods/a/`);
    await store.add(key("Pod", "a", "z"), pod("z"), author);
    const all = ["ADDED x etcd", "ADDED y etcd", "DELETED x etcd", "DELETED y etcd", "ADDED z test"];
    expect(told).toEqual(all);
    expect(store.list("Pod").map(({ metadata }) => metadata.name)).toEqual(["z"]);
  });

  test("a store that could not follow what was compacted meanwhile tells the difference", async () => {
    const prefix = freshPrefix();
    const proxy = await server.proxy();
    const [near, far] = [
      await opened(prefix),
      await opened(prefix, { etcd: { endpoints: [proxy.url] }, onEtcdFault: () => {} }),
    ];
    for (const name of ["stays", "changes", "goes", "again"])
      await near.add(key("Pod", "a", name), pod(name), author);
    await far.add(key("Pod", "a", "own"), pod("own"), author);
    const told: string[] = [];
    let last = () => {};
    far.watch({ kind: "Pod" }, ({ type, key }) => {
      told.push(`${type} ${key.name}`);
      if (key.name === "last") last();
    });
    const known = new Promise<void>(resolve => {
      last = resolve;
    });
    proxy.cut();
    const at = (name: string) => near.get<string>("Pod", "a", name) as KubernetesObject;
    await near.replace(
      key("Pod", "a", "changes"),
      at("changes"),
      { ...at("changes"), spec: { v: 1 } } as KubernetesObject,
      author,
    );
    await near.remove(key("Pod", "a", "goes"), at("goes"), author);
    await near.remove(key("Pod", "a", "again"), at("again"), author);
    await near.add(key("Pod", "a", "again"), pod("again"), author);
    await near.add(key("Pod", "a", "new"), pod("new"), author);
    await near.add(key("Pod", "a", "last"), pod("last"), author);
    await server.compact(near.revision);
    proxy.mend();
    await known;
    expect(told.slice(0, 2).toSorted()).toEqual(["DELETED again", "DELETED goes"]);
    expect(told.slice(2)).toEqual(["MODIFIED changes", "ADDED again", "ADDED new", "ADDED last"]);
    const names = (store: EtcdStore) =>
      store
        .list("Pod")
        .map(({ metadata }) => metadata.uid)
        .toSorted();
    expect(names(far)).toEqual(names(near));
    const own = far.get<string>("Pod", "a", "own") as KubernetesObject;
    await far.remove(key("Pod", "a", "own"), own, author);
  });

  test("a write whose answer is lost happens once", async () => {
    const prefix = freshPrefix();
    const proxy = await server.proxy();
    const store = await opened(prefix, { etcd: { endpoints: [proxy.url] }, onEtcdFault: () => {} });
    const told: string[] = [];
    store.watch({ kind: "Pod" }, ({ type, key }) => void told.push(`${type} ${key.name}`));
    // The request reaches etcd, and its answer nobody.
    proxy.loseNextAnswer("/v3/kv/txn");
    await store.add(key("Pod", "a", "x"), pod("x"), author);
    // The request does not reach etcd.
    proxy.loseNextRequest("/v3/kv/txn");
    const x = store.get<string>("Pod", "a", "x") as KubernetesObject;
    await store.replace(key("Pod", "a", "x"), x, { ...x, spec: {} } as KubernetesObject, author);
    expect(told).toEqual(["ADDED x", "MODIFIED x"]);
  });

  test("what is encrypted lies there so, shared keys too; who has no key reads none of it, and is told", async () => {
    const prefix = freshPrefix();
    const faults: string[] = [];
    const without = await opened(prefix, { onEtcdFault: fault => void faults.push(String(fault)) });
    const secret = { provider: "aesgcm", name: "key1", secret: Buffer.alloc(32, 1) } as const;
    const encryption = new EncryptionAtRest([{ resources: ["*.*"], writes: secret }], [secret]);
    const sealing = { encryption, resourceOf: () => "secrets" };
    const store = await opened(prefix, { sealing });
    const x = await store.add(key("Pod", "a", "x"), pod("x"), author);
    expect(await store.agreed("signing", kept => kept ?? "a key")).toBe("a key");
    const lying = (await server.range(`${prefix}/`)).filter(({ key }) => /pods|signing/.test(key));
    expect(lying.map(({ value }) => value.slice(0, 22))).toEqual(Array(2).fill("k8s:enc:aesgcm:v1:key1"));
    const again = await opened(prefix, { sealing });
    expect(again.get("Pod", "a", "x")).toEqual(x);
    expect(await again.agreed("signing", kept => kept ?? "another")).toBe("a key");
    // Its watch goes on behind what it cannot read.
    await without.add(key("Pod", "a", "y"), pod("y"), author);
    expect(without.get("Pod", "a", "x")).toBeUndefined();
    expect(faults).toEqual([expect.stringContaining(`${prefix}/pods/a/x`)]);
    await expect(opened(prefix)).rejects.toMatchObject({ reason: "ServiceUnavailable" });
  });

  test("what lies in clear, or by an older key, is written anew by who leads, once, and that is told before and after", async () => {
    const prefix = freshPrefix();
    const keyOf = (n: number) =>
      ({ provider: "aesgcm", name: `key${n}`, secret: Buffer.alloc(32, n) }) as const;
    const by = (first: number, ...others: number[]) => ({
      encryption: new EncryptionAtRest(
        [{ resources: ["secrets"], writes: keyOf(first) }],
        [first, ...others].map(keyOf),
      ),
      resourceOf: ({ kind }: { kind: string }) => (kind === "Pod" ? "secrets" : "others"),
    });
    const plain = await opened(prefix);
    const x = await plain.add(key("Pod", "a", "x"), pod("x"), author);
    await plain.add(key("Pod", "a", "y"), pod("y"), author);
    await plain.agreed("signing", kept => kept ?? "a key");
    await plain.close();
    const marks = async () =>
      (await server.range(`${prefix}/`))
        .filter(({ key }) => /pods|signing/.test(key))
        .map(({ value }) => value.slice(0, 22));
    // Resolves when all is well, to what was told on the way.
    const resealed = (store: EtcdStore, leads = () => true) =>
      new Promise<string[]>((resolve, reject) => {
        const told: string[] = [];
        const tell = (what: string) => {
          told.push(what);
          if (what.includes("first key now")) resolve(told);
        };
        store.reseal({ leads, tell, onFault: reject });
      });
    const before = "in etcd 2 secrets, 1 of what the cluster signs with are in clear, or by an older key";
    const stages: [number, number[]][] = [
      [1, []],
      [2, [1]],
    ];
    for (const [first, others] of stages) {
      const [one, two] = [
        await opened(prefix, { sealing: by(first, ...others) }),
        await opened(prefix, { sealing: by(first, ...others) }),
      ];
      const changes: Change[] = [];
      two.watch({}, change => void changes.push(change));
      const all = await Promise.all([resealed(one), resealed(two, () => false)]);
      for (const told of all)
        expect(told).toEqual([expect.stringContaining(before), expect.stringContaining("is compacted")]);
      expect(await marks()).toEqual(Array(3).fill(`k8s:enc:aesgcm:v1:key${first}`));
      expect(changes.map(({ type, key }) => `${type} ${key.name}`)).toEqual(["MODIFIED x", "MODIFIED y"]);
      expect(two.get("Pod", "a", "x")?.metadata.uid).toBe(x.metadata.uid);
      await Promise.all([one.close(), two.close()]);
    }
    // The first key can be done without.
    const last = await opened(prefix, { sealing: by(2) });
    expect(last.list("Pod").length).toBe(2);
    expect(await last.agreed("signing", kept => kept ?? "another")).toBe("a key");
  });

  test("what cannot be written anew is told once, and what is behind it is written nonetheless", async () => {
    const prefix = freshPrefix();
    const keyOf = (n: number) =>
      ({ provider: "aesgcm", name: `key${n}`, secret: Buffer.alloc(32, n) }) as const;
    const sealedBy = (n: number) => ({
      encryption: new EncryptionAtRest([{ resources: ["secrets"], writes: keyOf(n) }], [keyOf(n)]),
      resourceOf: () => "secrets",
    });
    const plain = await opened(prefix);
    for (const name of ["x", "y"]) await plain.add(key("Pod", "a", name), pod(name), author);
    await plain.close();
    const store = await opened(prefix, { sealing: sealedBy(1), onEtcdFault: () => {} });
    // What it will find at the first key was sealed by another meanwhile, and it has not that key.
    const foreign = sealedBy(2).encryption.seal("secrets", `${prefix}/pods/a/x`, "{}") ?? Buffer.of();
    const body = { key: encoded(`${prefix}/pods/a/x`), value: foreign.toString("base64") };
    await server.call("/v3/kv/put", body);
    const faults: string[] = [];
    store.reseal({ leads: () => true, tell: () => {}, onFault: fault => void faults.push(String(fault)) });
    await new Promise<void>(resolve =>
      store.watch({}, ({ key: { name } }) => {
        if (name === "y") resolve();
      }),
    );
    expect(faults).toEqual([expect.stringContaining(`${prefix}/pods/a/x is encrypted`)]);
  });

  test("old revisions are let go of by one of all programs, and not before they are two rounds old", async () => {
    const prefix = freshPrefix();
    const client = new EtcdClient({ endpoints: [server.url] }, realClock);
    const [one, two] = [1, 2].map(() => new Compaction(client, new VirtualClock(), rethrow)) as [
      Compaction,
      Compaction,
    ];
    const read = (revision: number) =>
      client.range({ key: encoded(`${prefix}/x`), revision: String(revision) }).then(
        ({ kvs }) => decoded(kvs?.[0]?.value),
        error => String(error.message),
      );
    await server.put(`${prefix}/x`, "old");
    const old = Number((await server.range(`${prefix}/x`))[0]?.revision);
    await one.once();
    await two.once();
    await server.put(`${prefix}/x`, "new");
    const later = Number((await server.range(`${prefix}/x`))[0]?.revision);
    expect(await read(old)).toBe("old");
    await one.once();
    expect(await read(old)).toContain("compacted");
    expect(await read(later)).toBe("new");
    // The other has seen that it was done, and does nothing.
    await two.once();
    expect(await read(later)).toBe("new");
    client.close();
  });

  test("an object that is larger than etcd takes is refused by its size", async () => {
    const store = await opened(freshPrefix());
    const big = pod("big", { data: "x".repeat(2_000_000) });
    const written = store.add(key("Pod", "a", "big"), big, author);
    await expect(written).rejects.toMatchObject({ reason: "RequestEntityTooLarge" });
  });

  test("while etcd cannot be reached what is there is read and writes are refused; then all goes on", async () => {
    const prefix = freshPrefix();
    const proxy = await server.proxy();
    const faults: string[] = [];
    const store = await opened(prefix, {
      etcd: { endpoints: [proxy.url], dialTimeoutMs: 200 },
      onEtcdFault: fault => void faults.push(String(fault)),
    });
    const x = await store.add(key("Pod", "a", "x"), pod("x"), author);
    expect(store.broken).toBeUndefined();
    proxy.cut();
    await expect(store.add(key("Pod", "a", "y"), pod("y"), author)).rejects.toMatchObject({
      reason: "ServiceUnavailable",
      message: expect.stringContaining(proxy.url),
    });
    expect(store.get("Pod", "a", "x")).toEqual(x);
    expect(String(store.broken)).toContain(proxy.url);
    // Told once, however long it lasts.
    expect(faults).toHaveLength(1);
    proxy.mend();
    let isThere = false;
    while (!isThere) {
      isThere = await store.add(key("Pod", "a", "z"), pod("z"), author).then(
        () => true,
        error => {
          if (error.reason !== "ServiceUnavailable") throw error;
          return false;
        },
      );
    }
    const keys = (await server.range(`${prefix}/pods/`)).map(({ value }) => JSON.parse(value).metadata.name);
    expect(keys).toEqual(["x", "z"]);
  });

  test("what another program leaves there and nobody can read is told once by its key, at the start and later", async () => {
    const prefix = freshPrefix();
    await server.put(`${prefix}/pods/a/early`, '{"apiVersion":');
    const faults: string[] = [];
    const store = await opened(prefix, { onEtcdFault: fault => void faults.push(String(fault)) });
    expect(faults).toEqual([expect.stringContaining(`etcdctl del ${prefix}/pods/a/early takes it away`)]);
    await server.put(`${prefix}/pods/a/late`, "k8s\0\n\u0009\n\u0002v1");
    // What other programs keep there in JSON is theirs.
    await server.put(`${prefix}/ranges/serviceips`, '{"kind":"RangeAllocation","apiVersion":"v1"}');
    await store.add(key("Pod", "a", "x"), pod("x"), author);
    expect(faults.slice(1)).toEqual([expect.stringContaining(`${prefix}/pods/a/late in etcd is protobuf`)]);
    faults.length = 0;
    const inEtcd = (name: string, more = {}) => {
      const { resourceVersion: _, ...metadata } = pod(name).metadata;
      return JSON.stringify({ ...pod(name), metadata, ...more });
    };
    await server.put(`${prefix}/pods/a/x`, inEtcd("x", { broken: true }));
    await server.put(`${prefix}/pods/a/misplaced`, inEtcd("other"));
    await server.put(`${prefix}/pods/a/list`, "[1, 2]");
    await server.put(`${prefix}/pods/a/w`, inEtcd("w"));
    await store.add(key("Pod", "a", "y"), pod("y"), author);
    expect(store.list("Pod").map(({ metadata }) => metadata.name)).toEqual(["x", "w", "y"]);
    expect("broken" in (store.get("Pod", "a", "x") ?? {})).toBe(false);
    const told = [
      `${prefix}/pods/a/x in etcd cannot be read (broken: must not be there): etcdctl del`,
      `${prefix}/pods/a/misplaced in etcd cannot be read (it is no object, with apiVersion,`,
      `${prefix}/pods/a/list in etcd cannot be read`,
    ];
    expect(faults).toEqual(told.map(each => expect.stringContaining(each)));
    faults.length = 0;
    await server.remove(`${prefix}/pods/a/late`);
    const again = await opened(prefix, { onEtcdFault: fault => void faults.push(String(fault)) });
    expect(again.list("Pod").map(({ metadata }) => metadata.name)).toEqual(["w", "y"]);
    expect(faults).toEqual(expect.arrayContaining(told.map(each => expect.stringContaining(each))));
  });

  test("an etcd that is not there, that a newer k4s has written, or an API server in its own form: each is said", async () => {
    const nowhere = make({
      clock: new VirtualClock(),
      onFault: rethrow,
      etcd: { endpoints: ["http://127.0.0.1:1"] },
    });
    await expect(nowhere.open()).rejects.toMatchObject({
      reason: "ServiceUnavailable",
      message: expect.stringContaining("http://127.0.0.1:1"),
    });
    const prefix = freshPrefix();
    await server.put(`${prefix}/k4s/layout`, "2");
    await expect(opened(prefix)).rejects.toThrow(/is of a newer k4s/);
    const real = freshPrefix();
    await server.put(`${real}/pods/a/x`, "k8s\0\n\u0009\n\u0002v1");
    await expect(opened(real)).rejects.toThrow(`${real}/pods/a/x in etcd is protobuf`);
  });

  test("a restoration that fails leaves nothing, or says that it does; one that was taken over meanwhile writes nothing more", async () => {
    const proxy = await server.proxy();
    const made = (name: string, data?: string) => {
      const at = key("Pod", "a", name);
      return { key: at, object: pod(name, data) };
    };
    const restore = (prefix: string, identity: string, content: Iterable<Stored>, url = proxy.url) => {
      const hasty = { ...realClock, sleep: () => realClock.sleep(10) };
      const given = { endpoints: [url], prefix, dialTimeoutMs: 20_000 };
      return restoreIntoEtcd({ clock: hasty, etcd: given, kinds, identity, content });
    };
    const there = async (prefix: string) => (await server.range(`${prefix}/`)).map(each => each.key);
    // Each a part of its own, by its size.
    const parts = ["x", "y", "z"].map(name => made(name, "1".repeat(400_000)));
    const [x, y, z] = parts;
    if (!x || !y || !z) throw new Error("there are three");

    const failing = freshPrefix();
    const tooLarge = [x, made("large", "1".repeat(2_000_000))];
    await expect(restore(failing, "a", tooLarge)).rejects.toMatchObject({ reason: "RequestEntityTooLarge" });
    expect(await there(failing)).toEqual([]);

    const cut = freshPrefix();
    const cutInTheMiddle = function* () {
      yield x;
      yield y;
      proxy.cut();
      yield z;
    };
    await expect(restore(cut, "b", cutInTheMiddle())).rejects.toMatchObject({
      reason: "ServiceUnavailable",
      message: expect.stringMatching(/is left there .* the next k4s restore takes it away/),
    });
    proxy.mend();
    expect(await there(cut)).toContain(`${cut}/pods/a/x`);
    await server.remove(`${cut}/k4s/present/`);
    await restore(cut, "c", [z]);
    expect((await there(cut)).filter(each => !each.includes("/present/"))).toEqual([
      `${cut}/k4s/layout`,
      `${cut}/pods/a/z`,
    ]);

    const lost = freshPrefix();
    const lossy = function* () {
      proxy.loseNextAnswer("/v3/kv/txn");
      yield x;
      yield y;
      // That which takes the mark away.
      proxy.loseNextAnswer("/v3/kv/txn");
    };
    await restore(lost, "d", lossy());
    expect(await there(lost)).toContain(`${lost}/pods/a/y`);
    expect(await there(lost)).not.toContain(`${lost}/k4s/restoring`);

    // All answers to the last transaction are lost: it is learned by what is there.
    const whole = freshPrefix();
    const nothing = function* () {
      proxy.loseNextAnswer("/v3/kv/txn", 4);
      yield* [];
    };
    await restore(whole, "d", nothing());
    expect(await there(whole)).toEqual([`${whole}/k4s/layout`]);

    // The answer to what takes away what was written is lost.
    const cleared = freshPrefix();
    const failsAtLast = function* () {
      yield x;
      yield y;
      proxy.loseNextAnswer("/v3/kv/txn");
      throw new ApiError("Invalid", "the backup ends in the middle");
    };
    await expect(restore(cleared, "d", failsAtLast())).rejects.toThrow(/^the backup ends in the middle$/);
    expect(await there(cleared)).toEqual([]);

    const taken = freshPrefix();
    const came = proxy.holdAfter("/v3/kv/txn", 2);
    const slow = restore(taken, "e", parts);
    slow.catch(() => {});
    await came;
    await expect(restore(taken, "f", [z], server.url)).rejects.toMatchObject({ reason: "AlreadyExists" });
    await server.remove(`${taken}/k4s/present/`);
    await restore(taken, "f", [z], server.url);
    proxy.cut();
    proxy.mend();
    await expect(slow).rejects.toMatchObject({
      reason: "Conflict",
      message: expect.stringContaining("another has begun to restore"),
    });
    expect((await there(taken)).filter(each => each.includes("/pods/"))).toEqual([`${taken}/pods/a/z`]);

    const late = freshPrefix();
    let last = Promise.resolve();
    const almost = function* () {
      yield x;
      // What takes the mark away does not arrive, and another has restored when it is asked again.
      last = proxy.holdAfter("/v3/kv/txn", 1);
    };
    const overtaken = restore(late, "g", almost());
    overtaken.catch(() => {});
    await vi.waitFor(async () => expect(await there(late)).toContain(`${late}/pods/a/x`), 10_000);
    await last;
    await server.remove(`${late}/k4s/present/`);
    await restore(late, "h", [z], server.url);
    proxy.cut();
    proxy.mend();
    await expect(overtaken).rejects.toMatchObject({ reason: "Conflict" });
    expect((await there(late)).filter(each => each.includes("/pods/"))).toEqual([`${late}/pods/a/z`]);
  });

  test("an etcd with TLS, client certificates, a password and little room: what is wrong is said by name, and what is right goes", async () => {
    const authority = await serverCertificate({ hosts: ["127.0.0.1"], now: Date.now() });
    const { ca } = authority;
    // Its JSON gateway asks it with its own certificate: that is to be one of a client, too.
    const shown = await new Authority(() => authority, new IssuedCertificates()).controlPlane(
      ["127.0.0.1"],
      Date.now(),
    );
    const guarded = await startEtcd({ ca, ...shown, isMutual: true }, "--quota-backend-bytes", "200000");
    const at = (options: Partial<EtcdOptions>) =>
      opened("/guarded", { etcd: { endpoints: [guarded.url], ...options } }).catch(error =>
        String(error.message),
      );
    try {
      expect(await at({})).toMatch(/(self-signed certificate|unable to (verify|get)).*\(--etcd-ca-file\)/);
      expect(await at({ ca })).toMatch(/refuses our client certificate .*--etcd-cert-file/);
      const byCertificate = await at({ ca, ...shown });
      if (typeof byCertificate === "string") throw new Error(byCertificate);
      await byCertificate.close();
      for (const [path, body] of [
        ["/v3/auth/user/add", { name: "root", password: "right" }],
        ["/v3/auth/role/add", { name: "root" }],
        ["/v3/auth/user/grant", { user: "root", role: "root" }],
        ["/v3/auth/enable", {}],
      ] as const)
        await guarded.call(path, body);
      const password = { user: "root", password: "right" };
      // One that wants certificates and knows users wants them without a common name, by its gateway.
      expect(await at({ ca, ...shown, ...password })).toMatch(/a certificate without a common name/);
      const nameless = { ca, ...(await namelessCertificate(authority)) };
      // Who shows neither name nor password is to it what its gateway's own certificate says.
      expect(await at(nameless)).toMatch(/its user needs to read and write all/);
      expect(await at({ ...nameless, user: "root", password: "wrong" })).toMatch(
        /the user or the password of etcd is wrong/,
      );
      const store = await at({ ...nameless, ...password });
      if (typeof store === "string") throw new Error(store);
      const large = { data: "x".repeat(50_000) };
      const fill = async () => {
        for (let i = 0; i < 20; i++) await store.add(key("Pod", "a", `p${i}`), pod(`p${i}`, large), author);
      };
      await expect(fill()).rejects.toMatchObject({
        reason: "ServiceUnavailable",
        message: expect.stringContaining("its database is full"),
      });
      const { length } = store.list("Pod");
      expect(length).toBeGreaterThan(0);
      // What frees room goes.
      const p0 = store.get<string>("Pod", "a", "p0") as KubernetesObject;
      await store.remove(key("Pod", "a", "p0"), p0, author);
      // There is no room before that is mended.
      expect(store.broken).toMatchObject({ message: expect.stringContaining("its database is full") });
    } finally {
      await Promise.all(open.splice(0).map(each => each.close()));
      await guarded.stop();
    }
  });
});

/** Of a client that has no name. */
async function namelessCertificate({ ca, caKey }: { ca: string; caKey: string }) {
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const issuer = new x509.X509Certificate(ca);
  const der = x509.PemConverter.decodeFirst(caKey);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: "O=k4s",
    issuer: issuer.subject,
    signingKey: await crypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]),
    publicKey: keys.publicKey,
    signingAlgorithm: algorithm,
    extensions: [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])],
  });
  const key = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { cert: certificate.toString("pem"), key: x509.PemConverter.encode(key, "PRIVATE KEY") };
}
