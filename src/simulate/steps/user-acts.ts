/** What users do: they declare, change, scale, roll out and delete, and write down what they were told of ConfigMaps (ledger.ts). */
import type { Random } from "../../outside/index.ts";
import type { KindName, KubernetesObject } from "../../resources/index.ts";
import { heldByUser } from "../invariants/index.ts";
import { ledgerNames, valueKey } from "../ledger.ts";
import {
  budget,
  configMap,
  daemonSet,
  deployment,
  job,
  pod,
  quota,
  service,
  statefulSet,
} from "./objects.ts";
import { type Act, oneOf, pick, type Stage } from "./step.ts";

const deployments = ["web-0", "web-1"] as const;
const sets = ["db-0", "db-1"] as const;

function act(name: string, weight: number, play: Act["play"]): Act {
  return { name, weight, isFault: false, play };
}

/** A version that no other step has. */
const version = (random: Random) => `v${random.below(1_000_000)}`;

/** Some after each other, to one or to several: who writes at the same time as others is told in another order. */
function putLedger(stage: Stage, random: Random): string {
  const names = Array.from({ length: 1 + random.below(8) }, () => oneOf(random, ...ledgerNames));
  for (const name of names) putOne(stage, random, name);
  return `write ${names.length} times: ${names.join(", ")}`;
}

function putOne(stage: Stage, random: Random, name: string): void {
  const value = random.uuid();
  const data = { [valueKey]: value, padding: "x".repeat(random.below(2_000)) };
  stage.ledger.attempt(value);
  stage.request<KubernetesObject>(
    `write ${value} to ConfigMap ${name}`,
    cluster =>
      stage.record.get("ConfigMap", "default", name)
        ? cluster.patch("ConfigMap", name, { data })
        : cluster.create(configMap(name, data)),
    ({ metadata: { resourceVersion, uid } }) =>
      stage.ledger.acknowledge({ name, value, resourceVersion, uid }),
  );
}

function deleteLedger(stage: Stage, random: Random): string {
  const name = oneOf(random, ...ledgerNames);
  const what = `delete ConfigMap ${name}`;
  stage.request(
    what,
    cluster => cluster.delete("ConfigMap", name),
    ({ metadata: { resourceVersion, uid } }) =>
      stage.ledger.acknowledge({ name, value: undefined, resourceVersion, uid }),
  );
  return what;
}

function scale(kind: "Deployment" | "StatefulSet", names: readonly string[]) {
  return (stage: Stage, random: Random) => {
    const name = pick(names, random) ?? "";
    const replicas = random.below(5);
    const what = `scale ${kind} ${name} to ${replicas}`;
    stage.request(what, cluster => cluster.scale(`${kind}/${name}`, replicas));
    return what;
  };
}

function roll(kind: "Deployment" | "StatefulSet" | "DaemonSet", names: readonly string[]) {
  return (stage: Stage, random: Random) => {
    const name = pick(names, random) ?? "";
    const to = version(random);
    const what = `roll ${kind} ${name} to ${to}`;
    const template = { metadata: { annotations: { version: to } } };
    stage.request(what, cluster => cluster.patch(kind, name, { spec: { template } }));
    return what;
  };
}

function remove(kind: KindName, names: readonly string[]) {
  return (stage: Stage, random: Random) => {
    const name = pick(names, random) ?? "";
    const propagationPolicy = oneOf(random, "Background", "Foreground", "Orphan") as "Background";
    const what = `delete ${kind} ${name} (${propagationPolicy})`;
    stage.request(what, cluster => cluster.delete(kind, name, { propagationPolicy }));
    return what;
  };
}

function deletePod(stage: Stage, random: Random): string | undefined {
  const found = pick(stage.record.list("Pod"), random);
  if (!found) return undefined;
  const { name, namespace = "default" } = found.metadata;
  const what = `delete Pod ${namespace}/${name}`;
  stage.request(what, cluster => cluster.delete("Pod", name, { namespace }));
  return what;
}

function evict(stage: Stage, random: Random): string | undefined {
  const found = pick(stage.record.list("Pod", "default"), random);
  if (!found) return undefined;
  const what = `evict Pod ${found.metadata.name}`;
  stage.request(what, cluster => cluster.evict(`Pod/${found.metadata.name}`));
  return what;
}

/** A few at once, which race for what is left of a quota. */
function crowd(stage: Stage, random: Random): string {
  const names = Array.from({ length: 4 }, () => `bare-${random.suffix()}`);
  for (const name of names)
    stage.request(`create Pod limited/${name}`, cluster => cluster.create(pod(name, "limited")));
  return `create Pods ${names.join(", ")} in limited`;
}

function setQuota(stage: Stage, random: Random): string {
  const pods = 2 + random.below(6);
  stage.request(`apply a quota of ${pods} pods`, cluster => cluster.apply(quota(pods)));
  return `allow ${pods} pods in limited`;
}

/** Two ConfigMaps, one owned by the other; the owner may be held by a finalizer. */
function family(stage: Stage, random: Random): string {
  const name = `family-${random.suffix()}`;
  const isHeld = random.next() < 0.5;
  const what = `create ConfigMap ${name} with what it owns${isHeld ? ", held by a finalizer" : ""}`;
  stage.request(what, async cluster => {
    const metadata = isHeld ? { finalizers: [heldByUser] } : {};
    const { uid } = (await cluster.create(configMap(name, {}, metadata))).metadata;
    const ownerReferences = [{ apiVersion: "v1", kind: "ConfigMap", name, uid, blockOwnerDeletion: true }];
    await cluster.create(configMap(`${name}-child`, {}, { ownerReferences }));
  });
  return what;
}

function endFamily(stage: Stage, random: Random): string | undefined {
  const heads = stage.record
    .list("ConfigMap", "default")
    .filter(({ metadata: { name } }) => /^family-\w+$/.test(name));
  const head = pick(heads, random);
  if (!head) return undefined;
  const { name, deletionTimestamp } = head.metadata;
  const what = deletionTimestamp ? `let go of ConfigMap ${name}` : `delete ConfigMap ${name}`;
  const propagationPolicy = oneOf(random, "Background", "Foreground") as "Background";
  stage.request(what, cluster =>
    deletionTimestamp
      ? cluster.patch("ConfigMap", name, { metadata: { finalizers: null } })
      : cluster.delete("ConfigMap", name, { propagationPolicy }),
  );
  return what;
}

export const userActs: readonly Act[] = [
  act("write ConfigMaps", 25, putLedger),
  act("delete a ConfigMap", 3, deleteLedger),
  act("apply a Deployment", 6, (stage, random) => {
    const app = oneOf(random, ...deployments);
    const type = oneOf(random, "RollingUpdate", "RollingUpdate", "Recreate");
    const what = `apply Deployment ${app} (${type})`;
    const draft = deployment({ app, version: version(random) }, 1 + random.below(4), "default", {
      strategy: { type },
    });
    stage.request(what, cluster => cluster.apply(draft));
    return what;
  }),
  act("apply a limited Deployment", 3, (stage, random) => {
    const draft = deployment({ app: "many", version: version(random) }, 2 + random.below(6), "limited");
    stage.request("apply Deployment limited/many", cluster => cluster.apply(draft));
    return "apply Deployment limited/many";
  }),
  act("apply a StatefulSet", 5, (stage, random) => {
    const app = oneOf(random, ...sets);
    const policy = app === "db-0" ? "OrderedReady" : "Parallel";
    const draft = statefulSet({ app, version: version(random) }, 1 + random.below(3), policy);
    stage.request(`apply StatefulSet ${app}`, cluster => cluster.apply(draft));
    return `apply StatefulSet ${app}`;
  }),
  act("apply a DaemonSet", 2, (stage, random) => {
    stage.request("apply DaemonSet agent", cluster =>
      cluster.apply(daemonSet({ app: "agent", version: version(random) })),
    );
    return "apply DaemonSet agent";
  }),
  act("create a Job", 3, (stage, random) => {
    const app = `job-${random.suffix()}`;
    const annotations = {
      "k4s.dev/hollow-exit-after": `${1 + random.below(20)}s:${oneOf(random, 0, 0, 0, 1)}`,
    };
    const draft = job({ app, version: "1", annotations }, 1 + random.below(4), 1 + random.below(3));
    const isToFail = annotations["k4s.dev/hollow-exit-after"].endsWith("1");
    const what = `create Job ${app}${isToFail ? ", which fails" : ""}`;
    stage.request(what, cluster => cluster.create(isToFail ? withBackOff(draft) : draft));
    return what;
  }),
  act("apply a Service", 2, (stage, random) => {
    const app = oneOf(random, ...deployments, ...sets);
    stage.request(`apply Service ${app}`, cluster => cluster.apply(service(app)));
    return `apply Service ${app}`;
  }),
  act("apply a budget", 2, (stage, random) => {
    const app = oneOf(random, ...deployments);
    stage.request(`apply PodDisruptionBudget ${app}`, cluster => cluster.apply(budget(app, random.below(3))));
    return `apply PodDisruptionBudget ${app}`;
  }),
  act("scale a Deployment", 6, scale("Deployment", deployments)),
  act("scale a StatefulSet", 5, scale("StatefulSet", sets)),
  act("roll a Deployment", 5, roll("Deployment", deployments)),
  act("roll a StatefulSet", 4, roll("StatefulSet", sets)),
  act("roll a DaemonSet", 2, roll("DaemonSet", ["agent"])),
  act("delete a Deployment", 2, remove("Deployment", deployments)),
  act("delete a StatefulSet", 2, remove("StatefulSet", sets)),
  act("delete a DaemonSet", 1, remove("DaemonSet", ["agent"])),
  act("delete a Job", 1, (stage, random) => {
    const names = stage.record.list("Job").map(({ metadata }) => metadata.name);
    return names.length > 0 ? remove("Job", names)(stage, random) : undefined;
  }),
  act("delete a Pod", 5, deletePod),
  act("evict a Pod", 3, evict),
  act("crowd a quota", 4, crowd),
  act("set a quota", 2, setQuota),
  act("create a family", 2, family),
  act("end a family", 3, endFamily),
];

/** One that fails soon: each failure is waited for twice as long as the one before. */
function withBackOff<T extends { spec?: unknown }>(draft: T): T {
  return { ...draft, spec: { ...(draft.spec as object), backoffLimit: 2 } };
}
