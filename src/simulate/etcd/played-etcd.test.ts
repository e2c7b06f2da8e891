/**
 * The etcd that is played answers as a real one does (both are asked the same by the driver's suites where a real one is there), and the driver
 * of the store tells its readers what it could not see.
 */
import { expect, test } from "vitest";
import { seededRandom, VirtualClock } from "../../outside/index.ts";
import type { KubernetesObject } from "../../resources/index.ts";
import { administrator, EtcdStore, watchObjects } from "../../store/index.ts";
import { unjudged } from "../../store/test-worlds.ts";
import { Faults } from "../faults.ts";
import { PlayedConnection } from "./played-connection.ts";
import { PlayedEtcd } from "./played-etcd.ts";

const author = { actor: "test", user: administrator, manager: "test" };
const config = {
  name: "ConfigMap",
  kind: "ConfigMap",
  versions: [{ apiVersion: "v1" }],
} as unknown as Parameters<typeof watchObjects>[1];

function place() {
  const clock = new VirtualClock();
  const etcd = new PlayedEtcd(clock);
  const faults = new Faults(clock, seededRandom(1));
  const cut = new Set<string>();
  const store = (identity: string) =>
    new EtcdStore({
      clock,
      identity,
      etcd: { endpoints: ["http://etcd-0:2379"] },
      kinds: { folderOf: kind => `${kind}s`, kindOf: ({ kind }) => kind, ...unjudged },
      onFault: fault => {
        throw fault;
      },
      onEtcdFault: () => {},
      connect: (endpoint, how) =>
        new PlayedConnection(endpoint, how, {
          ...{ etcd, faults, base: clock, clock },
          isThere: () => !cut.has(identity),
        }),
    });
  const during = async <T>(act: Promise<T>): Promise<T> => {
    await clock.advance(100);
    return act;
  };
  return { clock, etcd, cut, store, during };
}

function draft(name: string): KubernetesObject {
  const metadata = {
    name,
    namespace: "default",
    uid: `uid-${name}`,
    resourceVersion: "",
    creationTimestamp: "",
  };
  return { apiVersion: "v1", kind: "ConfigMap", metadata } as KubernetesObject;
}
const key = (name: string) => ({ kind: "ConfigMap", namespace: "default", name });

test("who watches at an API server that has missed revisions which etcd has let go, is told Expired, and can begin anew from the list", async () => {
  const { clock, etcd, cut, store, during } = place();
  const [one, other] = [store("one"), store("other")];
  await during(Promise.all([one.open(), other.open()]));
  const known = await during(other.add(key("a"), draft("a"), author));
  const watch = watchObjects(one, config, { resourceVersion: known.metadata.resourceVersion });
  cut.add("one");
  // It comes and goes, and nobody can tell of that.
  const there = await during(other.add(key("b"), draft("b"), author));
  await during(other.remove(key("b"), there, author));
  etcd.compact(etcd.revision);
  cut.clear();
  const ended = expect(watch.next()).rejects.toMatchObject({ reason: "Expired" });
  await clock.advance(30_000);
  await ended;
  expect(() => watchObjects(one, config, { resourceVersion: known.metadata.resourceVersion })).toThrow(
    "too old",
  );
  const anew = watchObjects(one, config, { resourceVersion: String(one.revision) });
  await during(other.add(key("c"), draft("c"), author));
  expect(await anew.next()).toMatchObject({ value: { type: "ADDED", object: { metadata: { name: "c" } } } });
  await during(Promise.all([one.close(), other.close()]));
});
