/**
 * Every public call of a cluster, by table: what it says before `start()` and after `stop()`, to options that it does not have,
 * and to arguments of another type. A call that is added has to be added here.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Cluster } from "./cluster.ts";

const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "a" } };
const wrong = { optoin: 5 } as object;

interface Call {
  /** With right arguments. */
  readonly right: (k: Cluster) => unknown;
  /**
   * With an option that there is not, or, where there are no options, an argument of another type; absent where it takes none.
   */
  readonly wrong?: (k: Cluster) => unknown;
  /** Looks at what has been, so it can be called whenever. */
  readonly looksBack?: true;
}

const calls: Record<string, Call> = {
  apply: { right: k => k.apply(""), wrong: k => k.apply("", wrong) },
  applyAll: { right: k => k.applyAll([]), wrong: k => k.applyAll(5 as never) },
  applyFile: { right: k => k.applyFile("yaml"), wrong: k => k.applyFile(5 as never) },
  get: { right: k => k.get("Pod", "a"), wrong: k => k.get("Pod", "a", wrong as never) },
  list: { right: k => k.list("Pod"), wrong: k => k.list("Pod", wrong) },
  create: { right: k => k.create(pod), wrong: k => k.create({ kind: "Pod" } as never) },
  update: { right: k => k.update(pod), wrong: k => k.update(5 as never) },
  updateStatus: { right: k => k.updateStatus(pod), wrong: k => k.updateStatus(null as never) },
  patch: { right: k => k.patch("Pod", "a", {}), wrong: k => k.patch("Pod", "a", {}, wrong) },
  delete: { right: k => k.delete("Pod", "a"), wrong: k => k.delete("Pod", "a", wrong) },
  deleteCollection: {
    right: k => k.deleteCollection("Pod"),
    wrong: k => k.deleteCollection("Pod", wrong),
  },
  watch: { right: k => k.watch("Pod"), wrong: k => k.watch("Pod", wrong) },
  waitFor: {
    right: k => k.waitFor("Pod/a", "Ready", { timeoutMs: 0 }),
    wrong: k => k.waitFor("Pod/a", "Ready", wrong),
  },
  events: { right: k => k.events("Pod/a"), wrong: k => k.events(wrong as never) },
  table: { right: k => k.table("Pod"), wrong: k => k.table("Pod", wrong) },
  logs: { right: k => k.logs("Pod/a"), wrong: k => k.logs("Pod/a", wrong) },
  "api.send": { right: k => k.api.send("a"), wrong: k => k.api.send("a", 1, wrong) },
  "api.request": { right: k => k.api.request("a"), wrong: k => k.api.request("a", 1, wrong) },
  scale: { right: k => k.scale("Deployment/a", 1), wrong: k => k.scale("Deployment/a", "1" as never) },
  autoscale: {
    right: k => k.autoscale("Deployment/a", { max: 2 }),
    wrong: k => k.autoscale("Deployment/a", wrong as never),
  },
  stats: { right: k => k.stats() },
  "rollout.status": {
    right: k => k.rollout.status("Deployment/a"),
    wrong: k => k.rollout.status(5 as never),
  },
  "rollout.history": {
    right: k => k.rollout.history("Deployment/a"),
    wrong: k => k.rollout.history(5 as never),
  },
  "rollout.undo": {
    right: k => k.rollout.undo("Deployment/a"),
    wrong: k => k.rollout.undo("Deployment/a", wrong),
  },
  "rollout.restart": {
    right: k => k.rollout.restart("Deployment/a"),
    wrong: k => k.rollout.restart(5 as never),
  },
  "rollout.pause": { right: k => k.rollout.pause("Deployment/a"), wrong: k => k.rollout.pause(5 as never) },
  "rollout.resume": {
    right: k => k.rollout.resume("Deployment/a"),
    wrong: k => k.rollout.resume(5 as never),
  },
  "discovery.service": {
    right: k => k.discovery.service("kubernetes"),
    wrong: k => k.discovery.service(5 as never),
  },
  "discovery.pod": { right: k => k.discovery.pod("a"), wrong: k => k.discovery.pod(5 as never) },
  "discovery.watch": {
    right: k => void k.discovery.watch("kubernetes"),
    wrong: k => void k.discovery.watch("kubernetes", "default", wrong),
  },
  "policy.test": {
    right: k => k.policy.test("pod/a", "10.0.0.1:80"),
    wrong: k => k.policy.test("pod/a", "10.0.0.1", wrong),
  },
  "policy.of": { right: k => k.policy.of("Pod/a"), wrong: k => k.policy.of(5 as never) },
  reportExternal: {
    right: k => k.reportExternal("queue-length", 30, { labels: { queue: "mail" } }),
    wrong: k => k.reportExternal("queue-length", 30, wrong),
  },
  "nodes.add": { right: k => k.nodes.add({ name: "b" }), wrong: k => k.nodes.add(wrong as never) },
  "nodes.stop": { right: k => k.nodes.stop("node-0"), wrong: k => k.nodes.stop(5 as never) },
  "nodes.crash": { right: k => k.nodes.crash("node-0"), wrong: k => k.nodes.crash(5 as never) },
  "nodes.freeze": { right: k => k.nodes.freeze("node-0"), wrong: k => k.nodes.freeze(5 as never) },
  "nodes.remove": { right: k => k.nodes.remove("node-0"), wrong: k => k.nodes.remove({ bad: 1 } as never) },
  "nodes.cordon": { right: k => k.nodes.cordon("node-0"), wrong: k => k.nodes.cordon({ bad: 1 } as never) },
  "nodes.uncordon": { right: k => k.nodes.uncordon("node-0"), wrong: k => k.nodes.uncordon("" as never) },
  "nodes.drain": { right: k => k.nodes.drain("node-0"), wrong: k => k.nodes.drain("node-0", wrong) },
  "nodes.start": { right: k => k.nodes.start("node-0"), wrong: k => k.nodes.start(5 as never) },
  serve: { right: k => k.serve({ tls: false }), wrong: k => k.serve(wrong) },
  serveDns: { right: k => k.serveDns({ upstream: [] }), wrong: k => k.serveDns(wrong) },
  pause: { right: k => k.pause() },
  step: { right: k => k.pause().then(() => k.step()) },
  resume: { right: k => k.resume() },
  keyOf: { right: k => k.keyOf("Pod/a"), wrong: k => k.keyOf(5 as never), looksBack: true },
  at: { right: k => k.at(0), wrong: k => k.at("0" as never), looksBack: true },
  history: { right: k => k.history(), wrong: k => k.history(wrong), looksBack: true },
  timeline: { right: k => k.timeline("Pod/a"), wrong: k => k.timeline(wrong), looksBack: true },
  evict: { right: k => k.evict("Pod/a"), wrong: k => k.evict(5 as never) },
  scheduling: { right: k => k.scheduling("Pod/a"), wrong: k => k.scheduling(wrong as never) },
  why: { right: k => k.why("Pod/a"), wrong: k => k.why(wrong as never), looksBack: true },
};
/** Members that are no calls about objects. */
const others = ["constructor", "start", "stop", "standby", "api", "revision", "ingress", "metrics"];

/** How a call ends, thrown or rejected. */
async function end(call: () => unknown): Promise<{ reason?: string; message?: string }> {
  try {
    const result = call();
    await (result instanceof Promise || String(result).includes("LogReading") ? result : undefined);
    return {};
  } catch (error) {
    return error as Error;
  }
}

let running: Cluster;
beforeAll(async () => {
  running = new Cluster({ runtime: "hollow" });
  await running.start();
});
afterAll(() => running.stop());

test("no call is missing", () => {
  const names = (of: object) => Object.getOwnPropertyNames(of).filter(name => !others.includes(name));
  const all = [...names(Cluster.prototype), ...names(Object.getPrototypeOf(Cluster.prototype) as object)];
  const called = new Set(Object.keys(calls).map(name => name.replace(/\..*/, "")));
  called.delete("api");
  expect([...called].sort()).toEqual(all.sort());
});

describe.each(Object.entries(calls))("%s", (name, { right, wrong, looksBack }) => {
  test("before start() says that the cluster does not run", async () => {
    const { reason, message = "" } = await end(() => right(new Cluster({ runtime: "hollow" })));
    if (looksBack) expect(message).not.toContain("start");
    else expect([reason, message]).toEqual([reason, expect.stringContaining("await its start() first")]);
    if (!looksBack) expect(reason).toBe(name.startsWith("api.") ? "ClusterStopping" : "ServiceUnavailable");
  });

  test("after stop() says that the cluster was stopped", async () => {
    const stopped = new Cluster({ runtime: "hollow" });
    await stopped.stop();
    const { reason, message = "" } = await end(() => right(stopped));
    if (looksBack) expect(message).not.toContain("stopped");
    else expect(message).toContain("was stopped");
    if (!looksBack) expect(reason).toBe(name.startsWith("api.") ? "ClusterStopping" : "ServiceUnavailable");
  });

  test("while the cluster starts waits until it can be made", async () => {
    const starting = new Cluster({ runtime: "hollow" });
    const started = starting.start();
    const { message = "" } = await end(() => right(starting));
    expect(message).not.toMatch(/start\(\)|namespaces "default" not found/);
    await started;
    await starting.stop();
  });

  test.skipIf(wrong === undefined)("refuses what it does not take", async () => {
    const { reason, message } = await end(() => wrong?.(running));
    expect(reason).toBe("BadRequest");
    expect(message).toMatch(new RegExp(`^${name.replace("api.", "")}: .*(optoin|must be)`));
  });
});

test("start() after stop() fails, whether it ran before or not", async () => {
  for (const wasStarted of [true, false]) {
    const k = new Cluster({ runtime: "hollow" });
    if (wasStarted) await k.start();
    await k.stop();
    await expect(k.start()).rejects.toMatchObject({ reason: "ServiceUnavailable", message: /was stopped/ });
    await k.stop();
  }
});

test.each<[unknown, string]>([
  [{ afterr: 1 }, 'timeline: there is no option "afterr" (did you mean "after"?)'],
  [5, "timeline: of must be Kind/name, Kind/namespace/name or { after: REVISION }, not 5"],
])("timeline says what it takes: %j", (of, message) => {
  const k = new Cluster({ runtime: "hollow" });
  expect(() => k.timeline(of as string)).toThrow(message);
});

const widget = { kind: "Widget", group: "example.com", plural: "widgets", scope: "Namespaced" };

test.each<[object, RegExp]>([
  [{ node: 3 }, /there is no option "node" \(did you mean "nodes"\?\)/],
  [{ nodes: "3" }, /nodes must be a whole number/],
  [{ images: [5] }, /images\[0\] must be a folder/],
  [{ images: new URL("http://x") }, /images must be a folder/],
  [{ nodeCapacity: { pod: 5 } }, /no option "pod" in nodeCapacity \(did you mean "pods"\?\)/],
  [{ nodeCapacity: { memory: "8GB" } }, /nodeCapacity\.memory must be a quantity/],
  [{ nodeCapacity: { cpu: -1 } }, /nodeCapacity\.cpu must be a quantity/],
  [{ nodeCapacity: { cpu: 1e300 } }, /nodeCapacity\.cpu must be a quantity from 0 to 1E/],
  [{ nodeCapacity: { pods: 1e12 } }, /nodeCapacity\.pods must be a whole number from 0 to 2147483647, not/],
  [{ nodeCapacity: { "example.com/gpu": 0.5 } }, /example\.com\/gpu must be a whole number/],
  [{ nodeCapacity: 5 }, /nodeCapacity must be an object/],
  [
    { runtime: "threads" },
    /runtime must be thread, process or hollow, not "threads" \(did you mean "thread"\?\)/,
  ],
  [
    { restartBackOff: { initial: 5 } },
    /no option "initial" in restartBackOff \(did you mean "initialMs"\?\)/,
  ],
  [{ restartBackOff: 5 }, /restartBackOff must be an object/],
  [{ resyncMs: 0 }, /resyncMs must be a number of milliseconds, 1 or more/],
  [{ spareThreads: -1 }, /spareThreads must be/],
  [{ spareThreads: 1e9 }, /spareThreads must be a whole number from 0 to 1000/],
  [{ metricResolutionMs: 1e-9 }, /metricResolutionMs must be a number of milliseconds, 1 or more/],
  [{ kinds: {} }, /kinds must be a list/],
  [
    { kinds: [{ kind: "X", group: "x.y", plural: "xs", scope: "namespaced" }] },
    /kinds\[0\]\.scope must be Namespaced or Cluster.*did you mean "Namespaced"/,
  ],
  [{ nodes: 1e9 }, /nodes must be a whole number from 0 to 10000, not 1000000000/],
  [{ kinds: [{ ...widget, plurl: "x" }] }, /no option "plurl" in kinds\[0\] \(did you mean "plural"\?\)/],
  [{ kinds: [{ ...widget, kind: "widget" }] }, /kinds\[0\]\.kind must be a name such as Widget/],
  [{ kinds: [{ ...widget, version: "1" }] }, /kinds\[0\]\.version must be a version/],
  [{ kinds: [{ ...widget, columns: [{ name: "X", jsonPath: ".x" }] }] }, /columns\[0\]\.cell.*is missing/],
  [
    { kinds: [{ ...widget, schema: { type: "object", properties: { spec: { typ: "string" } } } }] },
    /no option "typ" in kinds\[0\]\.schema\.properties\.spec \(did you mean "type"\?\)/,
  ],
  [
    { kinds: [{ ...widget, schema: { type: "object", properties: { spec: { type: "strng" } } } }] },
    /schema\.properties\.spec\.type must be .*did you mean "string"/,
  ],
  [{ objects: [{ kind: "ConfigMap", metadata: { name: "x" } }] }, /objects\[0\]\.metadata\.uid/],
  [
    { controllers: [{ name: "x", kind: "Pod", wokenBy: [], reconcile() {}, concurrency: 0 }] },
    /controllers\[0\]\.concurrency must be a whole number above 0/,
  ],
  [
    { admission: { plugins: [{ name: "X", on: [{ operations: ["create"] }], validate() {} }] } },
    /operations\[0\] must be CREATE, .*did you mean "CREATE"/,
  ],
  [
    {
      admission: {
        plugins: [{ name: "X", on: [{ operations: ["CREATE"] }], validate() {}, timeoutSeconds: 60 }],
      },
    },
    /plugins\[0\]\.timeoutSeconds must be a whole number from 1 to 30/,
  ],
  [
    {
      admission: { plugins: [{ name: "X", on: [{ operations: ["CREATE"], kind: ["Pod"] }], validate() {} }] },
    },
    /no option "kind" in admission\.plugins\[0\]\.on\[0\] \(did you mean "kinds"\?\)/,
  ],
  [
    { controllers: [{ name: "x", wokenBy: [] }] },
    /controllers\[0\]\.reconcile must be a function, and is missing/,
  ],
  [{ kinds: [{ ...widget, kind: "Pod", group: "" }] }, /names of kind "Pod" are taken: pod is what Pod is/],
  [
    { kinds: [{ ...widget, plural: "deployments", group: "apps" }] },
    /deployments is what Deployment is called/,
  ],
  [
    { kinds: [{ ...widget, shortNames: ["po"] }] },
    /"Widget\.example\.com" are taken: po is what Pod is called/,
  ],
  [
    {
      kinds: [
        { ...widget, shortNames: ["w"] },
        { ...widget, kind: "Whale", plural: "w", singular: "w" },
      ],
    },
    /w is what Widget\.example\.com is called/,
  ],
  [
    { controllers: [{ name: "replicaset-controller", kind: "Pod", wokenBy: [], reconcile() {} }] },
    /controllers\[0\]\.name: there is a controller "replicaset-controller" already/,
  ],
  [
    { controllers: ["x", "x"].map(name => ({ name, kind: "Pod", wokenBy: [], reconcile() {} })) },
    /controllers\[1\]\.name: there is a controller "x" already/,
  ],
  [
    {
      admission: {
        plugins: ["X", "X"].map(name => ({ name, on: [{ operations: ["CREATE"] }], validate() {} })),
      },
    },
    /"X": there is a plugin of this name/,
  ],
  [{ clock: Date }, /clock must be an object/],
  [{ clock: { now: () => 0 } }, /clock\.after must be a function/],
  [{ random: Math.random }, /random must be an object/],
  [{ onFault: "log" }, /onFault must be a function/],
])("new Cluster(%o) is refused", (options, message) => {
  expect(() => new Cluster(options)).toThrow(
    expect.objectContaining({ reason: "BadRequest", message: expect.stringMatching(message) }),
  );
});

test.each<[string, (k: Cluster) => unknown, string]>([
  ["scale", k => k.scale("Deployment/a", 1e10), "replicas must be a whole number from 0 to 2147483647, not"],
  ["scale", k => k.scale("Deployment/a", 1.5), "replicas must be a whole number from 0"],
  [
    "autoscale",
    k => k.autoscale("Deployment/a", { max: 0 }),
    "max must be a whole number from 1 to 2147483647",
  ],
  ["autoscale", k => k.autoscale("Deployment/a", { max: 1e10 }), "max must be a whole number from 1"],
  ["autoscale", k => k.autoscale("Deployment/a", { max: 3, min: 0 }), "min must be a whole number from 1"],
  ["autoscale", k => k.autoscale("Deployment/a", { max: 3, min: 5 }), "max must be min (5) or more, not 3"],
  ["autoscale", k => k.autoscale("Deployment/a", { max: 3, cpu: 0 }), "cpu must be a whole number from 1"],
  ["autoscale", k => k.autoscale("Deployment/a", {} as never), "max must be a whole number from 1"],
  [
    "nodes.drain",
    k => k.nodes.drain("node-0", { gracePeriodSeconds: -2 }),
    "gracePeriodSeconds must be a whole number of seconds, 0 or more, not -2",
  ],
  [
    "evict",
    k => k.evict("Pod/a", { gracePeriodSeconds: -2 }),
    "gracePeriodSeconds must be a whole number of seconds",
  ],
  [
    "delete",
    k => k.delete("Pod", "a", { gracePeriodSeconds: 0.5 }),
    "gracePeriodSeconds must be a whole number of seconds",
  ],
  [
    "nodes.add",
    k => k.nodes.add({ capacity: { pods: 1e12 } }),
    "capacity.pods must be a whole number from 0 to 2147483647",
  ],
  ["nodes.add", k => k.nodes.add({ capacity: { pods: "0.5" } }), "capacity.pods must be a whole number"],
  [
    "nodes.add",
    k => k.nodes.add({ capacity: { cpu: "1e30" } }),
    "capacity.cpu must be a quantity from 0 to 1E",
  ],
])("%s says what a number must be", async (name, call, problem) => {
  const { reason, message } = await end(() => call(running));
  expect([reason, message]).toEqual(["BadRequest", expect.stringContaining(problem)]);
  expect(message).toMatch(new RegExp(`^${name}: `));
});

test("an argument that a call does not take is not silently ignored", async () => {
  const draft = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "dry" } };
  const create = running.create.bind(running) as (...given: object[]) => Promise<unknown>;
  await expect(create(draft, { dryRun: true })).rejects.toMatchObject({
    message: "create: it takes nothing but object",
  });
  expect(await running.get("ConfigMap", "dry")).toBeUndefined();
});

test("only files are read as manifests: a device has no end", async () => {
  await expect(running.applyFile("/dev/zero")).rejects.toMatchObject({ reason: "NotFound" });
});

test("capacities are taken as numbers too", async () => {
  const k = new Cluster({ runtime: "hollow", nodeCapacity: { pods: 2000, cpu: 4, memory: 2 ** 30 } });
  await k.start();
  const [node] = await k.list("Node");
  expect(node?.status?.capacity).toMatchObject({ pods: "2000", cpu: "4", memory: "1073741824" });
  await k.stop();
});

test("logs are those of pods and Containers", async () => {
  await running.apply("kind: Service\nmetadata: { name: x }\nspec: { selector: x }");
  const error = await running.logs("Service/x").catch((error: unknown) => error);
  expect(error).toMatchObject({
    reason: "BadRequest",
    message: expect.stringContaining("a Service prints nothing"),
  });
});
