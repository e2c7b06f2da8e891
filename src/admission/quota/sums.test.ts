/** What is kept from one write to the next is what counting everything again would give (`usedIn`), whatever was written. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { timestamp, VirtualClock } from "../../outside/index.ts";
import {
  type Amounts,
  builtInKinds,
  KindRegistry,
  type KubernetesObject,
  type ResourceQuota,
} from "../../resources/index.ts";
import { administrator, MemoryStore } from "../../store/index.ts";
import { storeReader } from "../plugin.ts";
import { usedNow } from "./sums.ts";
import { usedIn } from "./usage.ts";

const kinds = new KindRegistry(builtInKinds);
const author = { actor: "test", manager: "test", user: administrator };

const quotaOf = (spec: object) => ({ metadata: { name: "q" }, spec }) as ResourceQuota;
const quotas: readonly ResourceQuota[] = [
  {},
  { scopes: ["Terminating"] },
  { scopes: ["BestEffort"] },
  { scopes: ["NotBestEffort", "NotTerminating"] },
  { scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator: "In", values: ["high"] }] } },
  { scopeSelector: { matchExpressions: [{ scopeName: "VolumeAttributesClass", operator: "Exists" }] } },
].map(quotaOf);

const amount = (...texts: string[]) => fc.constantFrom(undefined, ...texts);
const maybe = <T>(name: string, value: T | undefined) => (value === undefined ? {} : { [name]: value });

const pod = fc
  .record({
    cpu: amount("100m", "0.5", "2"),
    memory: amount("64Mi", "1G"),
    limit: amount("3"),
    activeDeadlineSeconds: fc.constantFrom(undefined, 9),
    priorityClassName: fc.constantFrom(undefined, "high", "low"),
    phase: fc.constantFrom("Pending", "Running", "Succeeded", "Failed"),
  })
  .map(({ cpu, memory, limit, activeDeadlineSeconds, priorityClassName, phase }) => {
    const requests = { ...maybe("cpu", cpu), ...maybe("memory", memory) };
    const resources = { requests, limits: maybe("cpu", limit) };
    const set = {
      ...maybe("activeDeadlineSeconds", activeDeadlineSeconds),
      ...maybe("priorityClassName", priorityClassName),
    };
    return { spec: { containers: [{ name: "app", image: "app", resources }], ...set }, status: { phase } };
  });
const service = fc
  .record({ type: fc.constantFrom("ClusterIP", "NodePort", "LoadBalancer"), ports: fc.nat({ max: 3 }) })
  .map(({ type, ports }) => ({ spec: { type, ports: Array(ports).fill({ port: 80 }) } }));
const claim = fc
  .record({ storage: fc.constantFrom("1Gi", "5G"), asked: amount("fast"), has: amount("slow") })
  .map(({ storage, asked, has }) => ({
    spec: { resources: { requests: { storage } }, ...maybe("volumeAttributesClassName", asked) },
    status: maybe("currentVolumeAttributesClassName", has),
  }));

const write = fc.record({
  namespace: fc.constantFrom("demo", "other"),
  name: fc.constantFrom("a", "b", "c", "d"),
  isDeletion: fc.boolean(),
  isToldToGo: fc.boolean(),
  waitMs: fc.constantFrom(0, 4_000),
  made: fc.oneof(
    fc.record({ kind: fc.constant("Pod"), body: pod }),
    fc.record({ kind: fc.constant("Service"), body: service }),
    fc.record({ kind: fc.constant("PersistentVolumeClaim"), body: claim }),
    fc.record({ kind: fc.constant("ConfigMap"), body: fc.constant({}) }),
  ),
  isAskedAfterwards: fc.boolean(),
});
type Write = typeof write extends fc.Arbitrary<infer T> ? T : never;

function world(historyLimit?: number) {
  const onFault = (fault: unknown) => {
    throw fault;
  };
  const clock = new VirtualClock();
  const store = new MemoryStore({
    clock,
    onFault,
    ...(historyLimit !== undefined && { historyLimit }),
  });
  return { clock, store, reader: storeReader(store, kinds, { now: () => clock.now() }) };
}

async function carryOut(
  { store, clock }: ReturnType<typeof world>,
  { namespace, name, isDeletion, isToldToGo, waitMs, made: { kind, body } }: Write,
) {
  await clock.advance(waitMs);
  const key = { kind, namespace, name };
  const before: KubernetesObject | undefined = store.get<string>(kind, namespace, name);
  if (before && isDeletion) return store.remove(key, before, author);
  const known = before?.metadata ?? { name, namespace, uid: `${kind}/${namespace}/${name}` };
  const going = { deletionTimestamp: timestamp(clock.now() + 3_000), deletionGracePeriodSeconds: 3 };
  const metadata = isToldToGo ? { ...going, ...known } : known;
  const next = { apiVersion: "v1", kind, metadata, ...body } as KubernetesObject;
  return before ? store.replace(key, before, next, author) : store.add(key, next, author);
}

/** What is nothing may be left out. */
const numbers = (amounts: Amounts) =>
  Object.fromEntries(
    [...amounts].map(([name, { billionths }]) => [name, billionths]).filter(([, number]) => number !== 0n),
  );

function expectSame(reader: ReturnType<typeof storeReader>) {
  for (const namespace of ["demo", "other"])
    for (const quota of quotas)
      for (const name of ["Pod", "Service", "PersistentVolumeClaim", "ConfigMap"]) {
        const kind = kinds.find(name);
        const now = numbers(usedNow(namespace, kind, quota, reader));
        expect(now).toEqual(numbers(usedIn(namespace, kind, quota, reader)));
      }
}

test("what is kept is what a full count gives, also where history does not reach back", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(write, { maxLength: 30 }),
      fc.constantFrom(undefined, 2),
      async (writes, historyLimit) => {
        const { reader, ...rest } = world(historyLimit);
        for (const each of writes) {
          await carryOut({ reader, ...rest }, each);
          if (each.isAskedAfterwards) expectSame(reader);
        }
        expectSame(reader);
      },
    ),
    { numRuns: 60 },
  );
});

test("what a watcher has written counts at once, though the others were not told of it yet", async () => {
  const { store, reader } = world();
  const seen: object[] = [];
  const add = (name: string) =>
    store.add(
      { kind: "ConfigMap", namespace: "demo", name },
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "demo" } } as KubernetesObject,
      author,
    );
  const [quota] = quotas;
  const used = () => quota && numbers(usedNow("demo", kinds.find("ConfigMap"), quota, reader)).configmaps;
  used();
  store.watch({ kind: "ConfigMap" }, ({ key }) => {
    if (key.name !== "a") return;
    void add("b");
    seen.push({ after: used() });
    void add("c");
    seen.push({ after: used() });
  });
  await add("a");
  expect(seen).toEqual([{ after: 2_000_000_000n }, { after: 3_000_000_000n }]);
});

test("all objects are counted once, and anew where the quota is about others", async () => {
  const { store, reader } = world();
  let lists = 0;
  const counting = {
    ...reader,
    get revision() {
      return store.revision;
    },
    list: ((kind, options) => {
      lists++;
      return reader.list(kind, options);
    }) as typeof reader.list,
  };
  const kind = kinds.find("ConfigMap");
  const quota = quotaOf({ hard: { configmaps: "9" } });
  for (let n = 0; n < 50; n++) {
    const name = `c${n}`;
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "demo" } };
    await store.add({ kind: "ConfigMap", namespace: "demo", name }, object as KubernetesObject, author);
    usedNow("demo", kind, quota, counting);
  }
  expect(lists).toBe(1);
  usedNow("demo", kind, quotaOf({ ...quota.spec }), counting);
  expect(lists).toBe(2);
});
