/**
 * What is wrong with the options of a cluster, said before anything is started: JavaScript has no compiler that would, and an option
 * that is silently ignored costs an afternoon.
 */
import { isIP } from "node:net";
import { capacity } from "../../api/index.ts";
import {
  all,
  between,
  callback,
  checkArguments,
  duration,
  each,
  flag,
  having,
  must,
  name,
  needed,
  object,
  oneOf,
  options,
  plain,
  type Rule,
  shaped,
  text,
} from "../../errors/index.ts";
import { type LeaderElectionTimes, leaderElectionTimes, problemOfTimes } from "../../loop/index.ts";
import { natsAddressFault } from "../../network/index.ts";
import { listenAddress } from "../../outside/index.ts";
import type { KindDescription } from "../../resources/index.ts";
import { folderDriverName } from "../../storage/index.ts";
import { featureSwitches } from "./features.ts";
import { kindDescription } from "./kind-options.ts";
import type { ClusterOptions } from "./options.ts";

const isPlace = (value: unknown) =>
  (typeof value === "string" && value !== "") || (value instanceof URL && value.protocol === "file:");
const folder = must("a folder, as path or file URL", isPlace);
const pem = must("a file in PEM, as path or file URL", isPlace);
const file = must(
  "a file, as path or file URL, or a KubeSchedulerConfiguration",
  value =>
    (typeof value === "string" && value !== "") ||
    (value instanceof URL ? value.protocol === "file:" : typeof value === "object" && value !== null),
);
const keyFile = must(
  "a file, as path or file URL",
  value =>
    (typeof value === "string" && value !== "") || (value instanceof URL && value.protocol === "file:"),
);
/** A timer counts whole milliseconds. */
const period = must(
  "a number of milliseconds, 1 or more",
  value => typeof value === "number" && value >= 1 && Number.isFinite(value),
);

/** Those that are left out are as always. */
const agreeable: Rule = (value, path) => {
  const problem = problemOfTimes({ ...leaderElectionTimes, ...(value as Partial<LeaderElectionTimes>) });
  return problem === undefined ? [] : [`${path}: ${problem}`];
};

/** More would fill the memory before anything could run on them. */
const mostNodes = 10_000;
const mostSpares = 1_000;
export const mostWorkers = 1_000;

const revision = must(
  "a resourceVersion, as read",
  value => typeof value === "string" && /^[0-9]+$/.test(value),
);
const stored = having({
  kind: needed(name),
  metadata: needed(having({ name: needed(name), uid: needed(name), resourceVersion: needed(revision) })),
});
const controller = having({
  name: needed(name),
  kind: needed((value, path) => (Array.isArray(value) ? each(name) : name)(value, path)),
  reconcile: needed(callback),
  wokenBy: needed(each(having({ kind: name, keys: needed(callback), deletionsAndOwners: flag }))),
  concerns: callback,
  concurrency: must("a whole number above 0", value => Number.isInteger(value) && Number(value) > 0),
  queue: callback,
  gone: callback,
  looksAtMany: flag,
  writer: object,
});
const plugin = having({
  name: needed(name),
  on: needed(
    each(
      shaped({
        operations: needed(each(oneOf("CREATE", "UPDATE", "DELETE", "CONNECT"))),
        kinds: each(name),
        subresources: each(text),
      }),
    ),
  ),
  mutate: callback,
  validate: callback,
  isOnByDefault: flag,
  timeoutSeconds: must(
    "a whole number from 1 to 30",
    value => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 30,
  ),
});

/** None of the list has the same as one before it. */
function once(what: string, of: (each: KindDescription) => string): Rule {
  return (value, path) => {
    const names = ((value ?? []) as readonly KindDescription[]).map(of);
    const again = names.findIndex((each, i) => names.indexOf(each) < i);
    if (again < 0) return [];
    return [`${path}[${again}] has the same ${what} as ${path}[${names.indexOf(names[again] ?? "")}]`];
  };
}

/** Those that a driver cannot do without. */
const driverCalls = ["createVolume", "deleteVolume", "nodePublishVolume", "nodeUnpublishVolume"];

function driverFaults(driver: string, given: unknown, path: string): readonly string[] {
  const place = `${path}[${JSON.stringify(driver)}]`;
  if (driver === folderDriverName) return [`${place} is the name of the driver that comes along`];
  if (!/^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$/.test(driver))
    return [`${place} must be called as a CSIDriver is, such as disk.csi.example.com`];
  if (typeof given === "object" && given !== null && "socket" in given)
    return needed(folder)(given.socket, `${place}.socket`);
  const problems = having(Object.fromEntries(driverCalls.map(call => [call, needed(callback)])))(
    given,
    place,
  );
  if (problems.length > 0) return problems;
  const { name: own } = given as { readonly name?: unknown };
  return own === driver ? [] : [`${place}.name must be ${driver}, not ${String(own)}`];
}

const natsServer: Rule = (value, path) => {
  const fault = natsAddressFault(value);
  return fault === undefined ? [] : [`${path} ${fault}`];
};

/** A list, and not an empty one. */
const someOf = (what: string): Rule =>
  must(`a list of ${what}, one at least`, value => Array.isArray(value) && value.length > 0);

/** Who asks is said apart: an address is in every message. */
export const etcdEndpoint = must(
  "a URL such as http://etcd-0:2379, user and password apart",
  value => typeof value === "string" && /^https?:\/\/[^/?#@\s]+\/?$/.test(value) && URL.canParse(value),
);

export const clusterRules: Readonly<Record<keyof ClusterOptions, Rule>> = {
  images: (value, path) => (Array.isArray(value) ? each(folder) : folder)(value, path),
  nodes: between(0, mostNodes),
  nodeCapacity: capacity,
  runtime: oneOf("thread", "process", "hollow"),
  unknownImages: oneOf("refuse", "hollow"),
  restartBackOff: options({ initialMs: duration, maximumMs: duration, resetAfterMs: duration }),
  data: folder,
  encryptionKey: keyFile,
  encryptionProviderConfig: keyFile,
  etcd: options({
    endpoints: needed(
      all(
        each(etcdEndpoint),
        must("one URL at least", value => Array.isArray(value) && value.length > 0),
      ),
    ),
    prefix: must(
      "a path such as /registry",
      value => typeof value === "string" && /^(\/[^/\s]+)+\/?$/.test(value),
    ),
    dialTimeoutMs: period,
    ca: pem,
    cert: pem,
    key: pem,
    user: text,
    password: text,
  }),
  nodeNamePrefix: must(
    "the beginning of a node's name: small letters, digits, - and .",
    value => typeof value === "string" && /^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$/.test(value),
  ),
  volumes: folder,
  hostPaths: each(folder),
  drivers: (value, path) => {
    const problems = object(value, path);
    if (problems.length > 0 || value === undefined) return problems;
    return Object.entries(value as Readonly<Record<string, unknown>>).flatMap(([driver, given]) =>
      driverFaults(driver, given, path),
    );
  },
  spareThreads: between(0, mostSpares),
  resyncMs: period,
  workers: between(1, mostWorkers),
  features: featureSwitches,
  autoscaling: options({
    syncPeriodMs: period,
    downscaleStabilizationMs: duration,
    tolerance: must(
      "a number, 0 or more, such as 0.1",
      value => Number.isFinite(value) && Number(value) >= 0,
    ),
    cpuInitializationPeriodMs: duration,
    initialReadinessDelayMs: duration,
  }),
  metricResolutionMs: period,
  objects: each(all(stored, plain)),
  kinds: all(
    each(kindDescription),
    once("group and kind", ({ group, kind }) => `${group}/${kind}`),
    once("group and plural", ({ group, plural }) => `${group}/${plural}`),
  ),
  controllers: each(controller),
  schedulerConfig: file,
  admission: options({
    enable: each(name),
    disable: each(name),
    plugins: each(plugin),
  }),
  authorize: callback,
  rbac: flag,
  leaderElection: flag,
  leaderElectionTimes: all(
    options({ leaseDurationMs: period, renewDeadlineMs: period, retryPeriodMs: period }),
    agreeable,
  ),
  ingress: must(
    "host:port, such as 127.0.0.1:8080",
    value => (typeof value === "string" || typeof value === "number") && listenAddress(value) !== undefined,
  ),
  nodePorts: flag,
  nats: options({
    servers: needed(all(someOf("servers"), each(natsServer))),
    user: text,
    password: text,
    token: text,
    creds: text,
    ca: text,
    cert: text,
    key: text,
  }),
  nodeAddress: must(
    "an IP address of this machine, such as 10.0.0.3",
    value => typeof value === "string" && isIP(value) !== 0,
  ),
  clock: having({
    now: needed(callback),
    elapsed: needed(callback),
    after: needed(callback),
    soon: needed(callback),
    sleep: needed(callback),
  }),
  random: having({
    next: needed(callback),
    below: needed(callback),
    uuid: needed(callback),
    suffix: needed(callback),
  }),
  onFault: callback,
  onWarning: callback,
};

/**
 * Throws BadRequest, with every problem. What is undefined counts as left out.
 * @param call whose options they are
 */
export function checkOptions(given: unknown, call = "new Cluster"): void {
  checkArguments(call, { options: options(clusterRules) }, [given]);
}
