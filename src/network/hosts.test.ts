import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { FoundHost } from "../messages/index.ts";
import { realClock } from "../outside/index.ts";
import type { KubernetesObject } from "../resources/index.ts";
import { administrator, MemoryStore, type ObjectKey } from "../store/index.ts";
import { Hosts } from "./hosts.ts";
import { MeshTable } from "./mesh/index.ts";

let store: MemoryStore;
let hosts: Hosts;
const stop = new AbortController();
beforeEach(async () => {
  store = new MemoryStore({ clock: realClock, onFault: () => {} });
  await store.open();
  hosts = new Hosts(store, realClock, new MeshTable(store));
  hosts.start();
});
afterEach(() => hosts.stop());

const author = { actor: "test", manager: "test", user: administrator };
const put = async (kind: string, name: string, more: object, labels = {}): Promise<void> => {
  const key: ObjectKey = { kind, namespace: "shop", name };
  const metadata = { name, namespace: "shop", uid: `${kind}-${name}`, labels };
  const object = { apiVersion: "v1", kind, metadata, ...more } as unknown as KubernetesObject;
  const previous = store.get(kind, "shop", name);
  if (previous) await store.replace(key, previous, object, author);
  else await store.add(key, object, author);
};
const service = (spec: object) => put("Service", "web", { spec: { ports: [{ port: 80 }], ...spec } });
const slice = (...addresses: string[]) =>
  put(
    "EndpointSlice",
    "web-x",
    {
      ports: [{ name: "", port: 8080 }],
      endpoints: addresses.map((address, n) => ({
        addresses: [address],
        targetRef: { kind: "Pod", name: `web-${n}`, uid: `Pod-web-${n}` },
      })),
    },
    { "kubernetes.io/service-name": "web" },
  );

/** What a thread is told of a host from now on. */
function told(host: string): (FoundHost | undefined)[] {
  const answers: (FoundHost | undefined)[] = [];
  void (async () => {
    for await (const found of hosts.subscribe(
      { namespace: "shop", uid: "client" },
      "hosts",
      [host],
      stop.signal,
    ))
      answers.push(found as FoundHost | undefined);
  })();
  return answers;
}
const settled = async () => {
  for (let i = 0; i < 3; i++) await turn();
};
const leadsTo = (found: FoundHost | undefined) => found?.ports?.[0]?.endpoints.map(({ address }) => address);

it("tells of a name that does not exist yet, and of each change, by the end of the turn", async () => {
  const answers = told("web");
  await settled();
  await service({ clusterIP: "10.96.0.7" });
  await settled();
  await slice("127.1.0.1");
  await slice("127.1.0.1", "127.1.0.2");
  await settled();
  expect(answers.map(leadsTo)).toEqual([undefined, [], ["127.1.0.1", "127.1.0.2"]]);
});

it("says nothing where nothing has changed for who asks", async () => {
  await service({ clusterIP: "10.96.0.7" });
  await slice("127.1.0.1");
  const answers = told("web");
  const others = told("db");
  await settled();
  await put("Service", "web", {
    spec: { clusterIP: "10.96.0.7", ports: [{ port: 80 }] },
    status: { loadBalancer: {} },
  });
  await settled();
  expect([answers.length, others.length]).toEqual([1, 1]);
});

it("tells of an address that a Service gets, and loses", async () => {
  await service({ clusterIP: "10.96.0.7" });
  await slice("127.1.0.1");
  const answers = told("192.0.2.1");
  await settled();
  await service({ clusterIP: "10.96.0.7", externalIPs: ["192.0.2.1"] });
  await settled();
  await slice("127.1.0.2");
  await settled();
  await service({ clusterIP: "10.96.0.7" });
  await settled();
  expect(answers.map(leadsTo)).toEqual([undefined, ["127.1.0.1"], ["127.1.0.2"], undefined]);
});

it("tells of a pod that is being stopped before its slice does", async () => {
  await service({ clusterIP: "10.96.0.7" });
  await put("Pod", "web-0", { spec: {} });
  await slice("127.1.0.1", "127.1.0.2");
  const answers = told("web");
  await settled();
  const key = { kind: "Pod", namespace: "shop", name: "web-0" };
  const pod = store.get("Pod", "shop", "web-0");
  if (!pod) throw new Error("there is no pod");
  const metadata = { ...pod.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" };
  await store.replace(key, pod, { ...pod, metadata }, author);
  await settled();
  expect(answers.map(leadsTo)).toEqual([["127.1.0.1", "127.1.0.2"], ["127.1.0.2"]]);
});

it("follows an alias to another Service", async () => {
  await put("Service", "alias", {
    spec: { type: "ExternalName", externalName: "web.shop.svc.cluster.local" },
  });
  const answers = told("alias");
  await settled();
  await service({ clusterIP: "10.96.0.7" });
  await settled();
  expect(answers.map(found => found?.addresses)).toEqual([undefined, ["10.96.0.7"]]);
});
