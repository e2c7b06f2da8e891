/**
 * The admission plugins that there are, in Kubernetes' order, and which of them are on. One that is added comes, like a
 * webhook, behind those that are built in and before the quota, which has the last word.
 */
import { ApiError, didYouMean } from "../errors/index.ts";
import { accepted, type Draft } from "../resources/index.ts";
import { isPending } from "../store/index.ts";
import { alwaysPullImages } from "./always-pull-images.ts";
import { defaultIngressClass } from "./default-ingress-class.ts";
import { defaultStorageClass } from "./default-storage-class.ts";
import { defaultTolerationSeconds } from "./default-toleration-seconds.ts";
import { limitRanger } from "./limit-ranger.ts";
import { namespaceLifecycle } from "./namespace-lifecycle.ts";
import type { AdmissionPlugin } from "./plugin.ts";
import { priority } from "./priority.ts";
import { resourceQuota } from "./resource-quota.ts";
import { runtimeClass } from "./runtime-class.ts";
import { serviceAccount } from "./service-account.ts";
import { taintNodesByCondition } from "./taint-nodes-by-condition.ts";

const first: readonly AdmissionPlugin[] = [
  namespaceLifecycle,
  ...limitRanger,
  serviceAccount,
  taintNodesByCondition,
  alwaysPullImages,
  priority,
  defaultTolerationSeconds,
  defaultStorageClass,
  runtimeClass,
  defaultIngressClass,
];
const last: readonly AdmissionPlugin[] = [resourceQuota];

/** All that are built in. */
export const builtInPlugins: readonly AdmissionPlugin[] = [...first, ...last];

export interface AdmissionOptions {
  /** Plugins to switch on that are off by default, by name. */
  readonly enable?: readonly string[];
  /** Plugins to switch off, by name. */
  readonly disable?: readonly string[];
  /** Plugins of one's own. */
  readonly plugins?: readonly AdmissionPlugin[];
}

/**
 * The plugins that are on, in order. What a plugin of one's own makes of an object is read and checked as if a user had
 * handed it in, whoever writes. Throws BadRequest, with the nearest name, where there is none of a name.
 */
export function pluginsFor({
  enable = [],
  disable = [],
  plugins = [],
}: AdmissionOptions = {}): AdmissionPlugin[] {
  const all = [...first, ...plugins.map(checked), ...last];
  const names = [...new Set(all.map(({ name }) => name))];
  for (const name of [...enable, ...disable]) {
    if (names.includes(name)) continue;
    const hint = didYouMean(name, names) || `; there are ${names.join(", ")}`;
    throw new ApiError("BadRequest", `there is no admission plugin ${JSON.stringify(name)}${hint}`);
  }
  return all.filter(
    ({ name, isOnByDefault = true }) => !disable.includes(name) && (isOnByDefault || enable.includes(name)),
  );
}

/** The same plugin, its changes held against the schema. */
function checked(plugin: AdmissionPlugin): AdmissionPlugin {
  const { mutate } = plugin;
  if (!mutate) return plugin;
  return {
    ...plugin,
    mutate(object, request, reader) {
      const check = (changed: Draft) =>
        changed === object ? object : accepted(request.kind, changed, request.old);
      const changed = mutate.call(plugin, object, request, reader);
      return isPending(changed) ? changed.then(check) : check(changed);
    },
  };
}
