/**
 * What each call of the API takes: its arguments in their order, as rules. QUICKREF.md tells the same to people; a call that is
 * not listed here cannot be made public, the compiler sees to that.
 */
import {
  all,
  between,
  callback,
  count,
  count32,
  duration,
  each,
  flag,
  having,
  most32,
  must,
  name,
  needed,
  object,
  oneOf,
  options,
  plain,
  type Rule,
  type Shape,
  seconds,
  shaped,
  signal,
  text,
} from "../errors/index.ts";
import { capacity } from "./amounts.ts";
import type { CollectionOptions, PatchOptions, RemoveOptions, WatchSelection } from "./call-options.ts";
import type { ListSelection } from "./selection.ts";
import type { WaitOptions } from "./wait-for.ts";

const kind = needed(
  must("the name of a kind, such as Pod", value => typeof value === "string" && value !== ""),
);
const ref = must("Kind/name or Kind/namespace/name", value => typeof value === "string" && value !== "");
const manifest: Rule = all(
  must(
    "YAML or JSON as text or bytes, an object, or a list of objects",
    value => typeof value === "string" || (typeof value === "object" && value !== null),
  ),
  plain,
);
const draft = needed(all(having({ kind: needed(name), metadata: needed(object) }), plain));
/** The rules of all options that the type has: one that is added to it has to be added here. */
function optionsOf<T>(shape: Record<keyof T, Rule>): Rule {
  return options(shape);
}
/** As the rules of an autoscaler have it. */
const autoscaling = all(
  shaped({ min: between(1, most32), max: needed(between(1, most32)), cpu: between(1, most32) }),
  value => {
    const { min = 1, max } = value as { readonly min?: number; readonly max: number };
    return max < min ? [`max must be min (${min}) or more, not ${max}`] : [];
  },
);
const place = must(
  "a file, as path or file URL",
  value =>
    (typeof value === "string" && value !== "") || (value instanceof URL && value.protocol === "file:"),
);
const selection = { namespace: text, labelSelector: text, fieldSelector: text };

export const calls = {
  apply: { manifest: needed(manifest), options: options({ file: text }) },
  applyAll: { manifests: needed(each(shaped({ manifest: needed(manifest), file: text }))) },
  get: { kind, name: needed(name), namespace: text },
  serve: {
    options: options({
      listen: must(
        "HOST:PORT or a port, such as 127.0.0.1:6443",
        value => typeof value === "string" || typeof value === "number",
      ),
      tls: flag,
      tlsCert: place,
      tlsKey: place,
      tlsCa: place,
      token: text,
      auditLog: text,
      auditPolicy: text,
      name: text,
    }),
  },
  serveDns: {
    options: options({
      listen: must(
        "HOST:PORT or a port, such as 127.0.0.1:5353",
        value => typeof value === "string" || typeof value === "number",
      ),
      upstream: each(name),
    }),
  },
  list: { kind, options: optionsOf<ListSelection>(selection) },
  create: { object: draft },
  update: { object: draft },
  updateStatus: { object: draft },
  patch: {
    kind,
    name: needed(name),
    patch: needed(
      all(
        must("an object or a list of operations", value => typeof value === "object" && value !== null),
        plain,
      ),
    ),
    options: optionsOf<PatchOptions>({
      namespace: text,
      type: oneOf("merge", "json", "strategic", "apply"),
      force: flag,
    }),
  },
  delete: {
    kind,
    name: needed(name),
    options: optionsOf<RemoveOptions>({
      namespace: text,
      gracePeriodSeconds: seconds,
      propagationPolicy: oneOf("Background", "Foreground", "Orphan"),
      preconditions: options({ uid: text, resourceVersion: text }),
    }),
  },
  deleteCollection: {
    kind,
    options: optionsOf<CollectionOptions>({
      ...selection,
      gracePeriodSeconds: seconds,
      propagationPolicy: oneOf("Background", "Foreground", "Orphan"),
    }),
  },
  watch: {
    kind,
    options: optionsOf<WatchSelection>({ ...selection, resourceVersion: text, signal, limit: count }),
  },
  waitFor: {
    ref: needed(ref),
    awaited: needed((value, path) =>
      typeof value === "function"
        ? callback(value, path)
        : must('a condition type, "deleted" or a function', each => typeof each === "string" && each !== "")(
            value,
            path,
          ),
    ),
    options: optionsOf<WaitOptions>({ timeoutMs: duration, signal }),
  },
  events: { ref },
  table: { kind, options: options({ ...selection, wide: flag }) },
  keyOf: { ref: needed(ref) },
  applyFile: {
    path: needed(
      must(
        "a path or a file URL",
        value =>
          (typeof value === "string" && value !== "") || (value instanceof URL && value.protocol === "file:"),
      ),
    ),
  },
  logs: {
    ref: needed(ref),
    options: options({
      container: name,
      previous: flag,
      follow: flag,
      tailLines: count,
      sinceMs: duration,
      timestamps: flag,
      signal,
    }),
  },
  history: { options: options({ after: count }) },
  timeline: {
    of: (value, path) => {
      if (typeof value === "object" && value !== null) return options({ after: count })(value, "options");
      return must(
        "Kind/name, Kind/namespace/name or { after: REVISION }",
        each => typeof each === "string" && each !== "",
      )(value, path);
    },
  },
  why: { ref: needed(ref) },
  standby: {
    options: options({
      clock: object,
      random: object,
      resyncMs: count,
      workers: count,
      schedulerConfig: (value, path) => (typeof value === "string" ? text : object)(value, path),
      onFault: callback,
      onWarning: callback,
    }),
  },
  scheduling: { ref: needed(ref) },
  at: { revision: needed(count) },
  "at().get": { kind, namespace: needed(text), name: needed(name) },
  "at().list": {
    kind,
    options: options({ namespace: text, matchLabels: object, matchFields: object, orphans: flag }),
  },
  "discovery.service": { name: needed(name), namespace: name },
  "discovery.pod": { name: needed(name), namespace: name },
  "discovery.watch": { name: needed(name), namespace: name, options: options({ signal }) },
  "policy.test": {
    from: needed(name),
    to: needed(name),
    options: options({
      port: must("a number from 1 to 65535, or the name of a port", value =>
        typeof value === "number"
          ? Number.isInteger(value) && value >= 1 && value <= 65_535
          : typeof value === "string" && value !== "",
      ),
      protocol: oneOf("TCP", "UDP", "SCTP"),
      namespace: name,
    }),
  },
  "policy.of": { ref: needed(ref) },
  reportExternal: {
    name: needed(name),
    value: must("a number, or undefined", each => typeof each === "number"),
    options: options({ namespace: name, labels: object }),
  },
  scale: { ref: needed(ref), replicas: needed(count32) },
  autoscale: { ref: needed(ref), options: needed(autoscaling) },
  "rollout.status": { ref: needed(ref) },
  "rollout.wait": { ref: needed(ref), options: optionsOf<WaitOptions>({ timeoutMs: duration, signal }) },
  "rollout.history": { ref: needed(ref) },
  "rollout.undo": { ref: needed(ref), options: options({ toRevision: count }) },
  "rollout.restart": { ref: needed(ref) },
  "rollout.pause": { ref: needed(ref) },
  "rollout.resume": { ref: needed(ref) },
  "nodes.add": {
    options: options({
      name,
      capacity,
      labels: object,
      taints: each(object),
    }),
  },
  "nodes.stop": {
    name: needed(name),
    options: options({
      shutdownGracePeriodByPodPriority: all(
        must("a list with at least one period", value => !Array.isArray(value) || value.length > 0),
        each(
          shaped({
            priority: needed(between(-most32 - 1, most32)),
            shutdownGracePeriodSeconds: needed(seconds),
          }),
        ),
      ),
    }),
  },
  "nodes.crash": { name: needed(name) },
  "nodes.freeze": { name: needed(name) },
  "nodes.start": { name: needed(name) },
  "nodes.remove": { name: needed(name) },
  "nodes.cordon": { name: needed(name) },
  "nodes.uncordon": { name: needed(name) },
  "nodes.drain": {
    name: needed(name),
    options: options({
      force: flag,
      deleteEmptyDirData: flag,
      ignoreDaemonSets: flag,
      disableEviction: flag,
      podSelector: text,
      gracePeriodSeconds: seconds,
      timeoutMs: duration,
      signal,
    }),
  },
  evict: { ref: needed(ref), options: options({ gracePeriodSeconds: seconds }) },
} satisfies Record<string, Shape>;
