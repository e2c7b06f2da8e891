/** What the controllers make of a manifest, on real threads: the ancestor's manifests first, and its defects. */
import { describe, expect, it } from "vitest";
import { echo, type Scene, scene } from "./scene.ts";

/** As they stand in the project that this one descends from. */
const ancestor = `
kind: Container
metadata:
  name: echo
spec:
  module: echo
  function: echo
  parameters:
    greeting: hello
---
kind: ReplicaSet
metadata:
  name: echo-rs
spec:
  container: echo
  replicas: 3
---
kind: Service
metadata:
  name: echo-service
spec:
  selector: "echo-rs-*"
`;

const workers = {
  "echo.js": `export async function echo({ inbox, parameters, self }) {
    for await (const message of inbox) message.reply([parameters.greeting, message.body, self.name]);
  }`,
  "plain.js": echo,
};

async function names(cluster: Scene, kind: "Pod" | "Container" | "ReplicaSet" = "Pod"): Promise<string[]> {
  return (await cluster.list(kind)).map(({ metadata }) => metadata.name).sort();
}

describe("the ancestor's manifests", () => {
  it("run as they are", async () => {
    await using cluster = await scene(workers);
    await cluster.apply(ancestor);
    await cluster.waitFor("ReplicaSet/echo-rs", "Ready");
    await cluster.waitFor("Container/echo", "Ready");
    expect(await names(cluster)).toEqual(["echo", "echo-rs-0", "echo-rs-1", "echo-rs-2"]);
    const by = new Set<string>();
    while (by.size < 3) {
      const [greeting, body, name] = await cluster.api.request<string[]>("echo-service", "hi");
      expect([greeting, body]).toEqual(["hello", "hi"]);
      by.add(String(name));
    }
    expect([...by].sort()).toEqual(["echo-rs-0", "echo-rs-1", "echo-rs-2"]);
    expect(cluster.faults).toEqual([]);
  });

  it("applied a second time change nothing", async () => {
    await using cluster = await scene(workers);
    await cluster.apply(ancestor);
    await cluster.waitFor("ReplicaSet/echo-rs", "Ready");
    await cluster.waitFor("Container/echo", "Ready");
    const before = (await cluster.list("Container")).map(({ metadata }) => [
      metadata.uid,
      metadata.generation,
    ]);
    await cluster.apply(ancestor);
    expect(
      (await cluster.list("Container")).map(({ metadata }) => [metadata.uid, metadata.generation]),
    ).toEqual(before);
  });
});

describe("a set", () => {
  it.each(["Pod", "Container"] as const)("gets a %s back that is removed from its middle", async kind => {
    await using cluster = await scene(workers);
    await cluster.apply(ancestor);
    await cluster.waitFor("ReplicaSet/echo-rs", "Ready");
    const { uid } = (await cluster.get(kind, "echo-rs-1"))?.metadata ?? {};
    await cluster.delete(kind, "echo-rs-1");
    await cluster.waitFor(`${kind}/echo-rs-1`, object => object !== undefined && object.metadata.uid !== uid);
    // The set may still say that it is ready, as before the removal.
    await expect
      .poll(() => names(cluster), { timeout: 10_000 })
      .toEqual(["echo", "echo-rs-0", "echo-rs-1", "echo-rs-2"]);
    await cluster.waitFor("ReplicaSet/echo-rs", "Ready");
  });

  it("loses its highest when it shrinks, and keeps the others as they are", async () => {
    await using cluster = await scene(workers);
    await cluster.apply(ancestor);
    await cluster.waitFor("ReplicaSet/echo-rs", "Ready");
    const { uid } = (await cluster.get("Pod", "echo-rs-0"))?.metadata ?? {};
    await cluster.patch("ReplicaSet", "echo-rs", { spec: { replicas: 1 } });
    for (const name of ["echo-rs-1", "echo-rs-2"]) await cluster.waitFor(`Pod/${name}`, "deleted");
    expect((await cluster.get("Pod", "echo-rs-0"))?.metadata.uid).toBe(uid);
    await cluster.patch("ReplicaSet", "echo-rs", { spec: { replicas: 0 } });
    await cluster.waitFor("Pod/echo-rs-0", "deleted");
    expect(await names(cluster)).toEqual(["echo"]);
  });

  it("takes all that it owns with it", async () => {
    await using cluster = await scene(workers);
    await cluster.apply(ancestor);
    await cluster.waitFor("ReplicaSet/echo-rs", "Ready");
    await cluster.delete("ReplicaSet", "echo-rs");
    for (const ordinal of [0, 1, 2]) await cluster.waitFor(`Pod/echo-rs-${ordinal}`, "deleted");
    await cluster.waitFor("ReplicaSet/echo-rs", "deleted");
    expect(await names(cluster)).toEqual(["echo"]);
  });

  it("that is asked to goes last (Foreground), or leaves them behind, working (Orphan)", async () => {
    await using cluster = await scene(workers);
    await cluster.apply(ancestor);
    await cluster.waitFor("ReplicaSet/echo-rs", "Ready");
    await cluster.delete("ReplicaSet", "echo-rs", { propagationPolicy: "Orphan" });
    await cluster.waitFor("ReplicaSet/echo-rs", "deleted");
    expect(await names(cluster)).toEqual(["echo", "echo-rs-0", "echo-rs-1", "echo-rs-2"]);
    expect((await cluster.get("Container", "echo-rs-0"))?.metadata.ownerReferences ?? []).toEqual([]);
    expect(await cluster.api.request("echo-service", 1)).toContain("hello");

    // A set of the same name takes the orphans in again, rather than making others.
    const { uid } = (await cluster.get("Pod", "echo-rs-0"))?.metadata ?? {};
    await cluster.apply(ancestor);
    await cluster.waitFor("ReplicaSet/echo-rs", "Ready");
    expect((await cluster.get("Pod", "echo-rs-0"))?.metadata.uid).toBe(uid);

    const gone: string[] = [];
    const watching = (async () => {
      for await (const { type, object } of cluster.watch("ReplicaSet")) {
        if (type === "DELETED" && object.metadata.name === "echo-rs")
          return void gone.push("set", ...(await names(cluster, "Container")));
      }
    })();
    await cluster.delete("ReplicaSet", "echo-rs", { propagationPolicy: "Foreground" });
    await watching;
    expect(gone).toEqual(["set", "echo"]);
  });

  it("rolls a changed template out, one after another", async () => {
    await using cluster = await scene(workers);
    await cluster.apply(ancestor);
    await cluster.waitFor("ReplicaSet/echo-rs", "Ready");
    await cluster.apply(ancestor.replace("greeting: hello", "greeting: bonjour"));
    for (const name of ["echo", "echo-rs-0", "echo-rs-1", "echo-rs-2"]) {
      await cluster.waitFor(`Pod/${name}`, pod => {
        const ready = pod?.status?.conditions?.find(({ type }) => type === "Ready")?.status === "True";
        return ready && JSON.stringify(pod?.spec.containers[0]?.args).includes("bonjour");
      });
    }
    for (let asked = 0; asked < 20; asked++)
      expect(await cluster.api.request("echo-service", 1)).toEqual(expect.arrayContaining(["bonjour"]));
  });

  it("says that its template is missing, and starts when it comes", async () => {
    await using cluster = await scene(workers);
    const [container = "", ...others] = ancestor.split("---");
    await cluster.apply(others.join("---"));
    const set = await cluster.waitFor("ReplicaSet/echo-rs", "ReplicaFailure");
    expect(JSON.stringify(set?.status)).toContain("TemplateNotFound");
    await cluster.apply(container);
    await cluster.waitFor("ReplicaSet/echo-rs", "Ready");
  });
});

describe("a namespace", () => {
  it("that is deleted with pods running takes them with it, and can be made anew", async () => {
    await using cluster = await scene(workers);
    await cluster.apply("kind: Namespace\nmetadata: { name: math }");
    const inMath = ancestor.replaceAll(/name: (echo\S*)\n/g, "name: $1\n  namespace: math\n");
    await cluster.apply(inMath);
    await cluster.waitFor("ReplicaSet/math/echo-rs", "Ready");
    expect(await cluster.api.request("echo-service.math", 1)).toContain("hello");
    await cluster.delete("Namespace", "math");
    // What is there may be applied again, as nothing changes; what is new may not come.
    const late = {
      apiVersion: "k4s.dev/v1",
      kind: "Container",
      metadata: { name: "late", namespace: "math" },
      spec: { module: "echo" },
    };
    await expect(cluster.create(late)).rejects.toMatchObject({
      reason: expect.stringMatching(/Forbidden|NotFound/),
    });
    await cluster.waitFor("Namespace/math", "deleted");
    for (const kind of ["Pod", "Container", "ReplicaSet", "Service", "EndpointSlice"] as const)
      expect(await cluster.list(kind, { namespace: "math" })).toEqual([]);
    await expect(cluster.api.request("echo-service.math", 1)).rejects.toMatchObject({
      reason: "NoSuchTarget",
    });
    await cluster.apply("kind: Namespace\nmetadata: { name: math }");
    await cluster.apply(inMath);
    await cluster.waitFor("ReplicaSet/math/echo-rs", "Ready");
    expect(cluster.faults).toEqual([]);
  });
});

describe("a pod of a StatefulSet", () => {
  it("is reached from another thread by its name under the headless Service", async () => {
    await using cluster = await scene({
      "member.js": `export default async function member({ inbox, self }) {
          for await (const message of inbox) message.reply(self.name);
        }`,
      "asker.js": `export default async function asker({ inbox, api }) {
          for await (const message of inbox) message.reply(await api.request(message.body));
        }`,
    });
    await cluster.apply(`
apiVersion: v1
kind: Service
metadata: { name: db }
spec: { clusterIP: None, selector: { app: db }, ports: [{ port: 8080 }] }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db }
spec:
  serviceName: db
  replicas: 2
  selector: { matchLabels: { app: db } }
  template:
    metadata: { labels: { app: db } }
    spec: { containers: [{ name: main, image: member, ports: [{ containerPort: 8080 }] }] }
---
apiVersion: v1
kind: Pod
metadata: { name: asker }
spec: { containers: [{ name: main, image: asker }] }
`);
    await cluster.rollout.wait("StatefulSet/db");
    await cluster.waitFor("Pod/asker", "Ready");
    for (const member of ["db-0", "db-1"])
      for (const name of [`${member}.db`, `${member}.db.default.svc.cluster.local`]) {
        expect(await cluster.api.request("asker", name)).toBe(member);
      }
    expect(cluster.faults).toEqual([]);
  });
});
