/**
 * The admission plugins that there are, in Kubernetes' order, and which of them are on. One that is added comes, like a
 * webhook, behind those that are built in and before the quota, which has the last word.
 */
import { ApiError, didYouMean, thrownText } from "../errors/index.ts";
import { accepted, builtInKinds, type Draft } from "../resources/index.ts";
import { isPending } from "../store/index.ts";
import { mutatingAdmissionWebhook, validatingAdmissionWebhook } from "./admission-webhooks.ts";
import { alwaysPullImages } from "./always-pull-images.ts";
import { claimResize } from "./claim-resize.ts";
import { defaultIngressClass } from "./default-ingress-class.ts";
import { defaultStorageClass } from "./default-storage-class.ts";
import { defaultTolerationSeconds } from "./default-toleration-seconds.ts";
import { ignoredParts, type NeedsFeature } from "./ignored-parts.ts";
import { limitRanger } from "./limit-ranger.ts";
import { namespaceLifecycle } from "./namespace-lifecycle.ts";
import { nodeRestriction } from "./node-restriction.ts";
import type { AdmissionPlugin } from "./plugin.ts";
import { podSecurity } from "./pod-security/index.ts";
import { priority } from "./priority.ts";
import { priorityClass } from "./priority-class.ts";
import { resourceQuota } from "./quota/index.ts";
import { runtimeClass } from "./runtime-class.ts";
import { serviceAccount } from "./service-account.ts";
import { taintNodesByCondition } from "./taint-nodes-by-condition.ts";
import { validatingAdmissionPolicy } from "./validating-admission-policy.ts";

const first: readonly AdmissionPlugin[] = [
  namespaceLifecycle,
  ...limitRanger,
  serviceAccount,
  nodeRestriction,
  taintNodesByCondition,
  alwaysPullImages,
  priority,
  priorityClass,
  defaultTolerationSeconds,
  defaultStorageClass,
  claimResize,
  runtimeClass,
  defaultIngressClass,
];
const last: readonly AdmissionPlugin[] = [
  podSecurity,
  mutatingAdmissionWebhook,
  validatingAdmissionPolicy,
  validatingAdmissionWebhook,
  resourceQuota,
];

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

/** What a feature that is switched off does to admission. */
export interface OffForAdmission extends NeedsFeature {
  readonly admissionPlugins?: readonly string[];
}

/**
 * The plugins that are on, in order. What a plugin of one's own makes of an object is read and checked as if a user had
 * handed it in. Throws BadRequest, with the nearest name, where there is none of a name.
 */
export function pluginsFor(
  { enable = [], disable = [], plugins = [] }: AdmissionOptions = {},
  off: readonly OffForAdmission[] = [],
): AdmissionPlugin[] {
  for (const [index, plugin] of plugins.entries()) checkPlugin(plugin, plugins.slice(0, index));
  const all = [...first, ...ignoredParts(off), ...plugins.map(checked), ...last];
  const names = [...new Set(all.map(({ name }) => name))];
  for (const name of [...enable, ...disable]) {
    if (names.includes(name)) continue;
    const hint = didYouMean(name, names) || `; there are ${names.join(", ")}`;
    throw new ApiError("BadRequest", `there is no admission plugin ${JSON.stringify(name)}${hint}`);
  }
  const without = [...disable, ...off.flatMap(({ admissionPlugins = [] }) => admissionPlugins)];
  return all.filter(
    ({ name, isOnByDefault = true }) => !without.includes(name) && (isOnByDefault || enable.includes(name)),
  );
}

/**
 * The same plugin, its changes held against the schema. What it throws that is no ApiError is InternalError, with its name;
 * so is a change of what the object is.
 */
function checked(plugin: AdmissionPlugin): AdmissionPlugin {
  const { name, mutate, validate, validateLast } = plugin;
  return {
    ...plugin,
    ...(mutate && {
      mutate(object, request, reader) {
        const check = (changed: Draft) => {
          if (changed === object) return object;
          const made = accepted(request.kind, changed, request.old);
          return isSameThing(made, object) ? made : renamed(name);
        };
        return attempt(name, () => {
          const changed = mutate.call(plugin, object, request, reader);
          return isPending(changed) ? Promise.resolve(changed).then(check) : check(changed);
        });
      },
    }),
    ...(validate && {
      validate: (object, request, reader) =>
        attempt(name, () => validate.call(plugin, object, request, reader)),
    }),
    ...(validateLast && {
      validateLast(object, request, reader) {
        try {
          validateLast.call(plugin, object, request, reader);
        } catch (error) {
          failed(name, error);
        }
      },
    }),
  };
}

function isSameThing(a: Draft, b: Draft): boolean {
  const { name, namespace, uid } = a.metadata;
  const isSameKind = a.kind === b.kind && (a.apiVersion ?? b.apiVersion) === (b.apiVersion ?? a.apiVersion);
  return (
    isSameKind && name === b.metadata.name && namespace === b.metadata.namespace && uid === b.metadata.uid
  );
}

function renamed(plugin: string): never {
  throw new Error(`${plugin} may not change the kind, name, namespace or uid of an object`);
}

function attempt<T>(plugin: string, run: () => T | Promise<T>): T | Promise<T> {
  try {
    const result = run();
    return isPending(result) ? Promise.resolve(result).catch(error => failed(plugin, error)) : result;
  } catch (error) {
    return failed(plugin, error);
  }
}

function failed(plugin: string, error: unknown): never {
  if (error instanceof ApiError) throw error;
  const message = `admission plugin ${JSON.stringify(plugin)} failed: ${thrownText(error)}`;
  throw new ApiError("InternalError", message, {}, { cause: error });
}

/** Throws BadRequest where a plugin could never be asked, or would never do anything. */
function checkPlugin(plugin: AdmissionPlugin, before: readonly AdmissionPlugin[]): void {
  const { name, on, mutate, validate, validateLast } = plugin;
  const problems = on.flatMap(({ kinds = [] }) => kinds).flatMap(kind => misspelled(kind));
  if (mutate === undefined && validate === undefined && validateLast === undefined)
    problems.push("it has neither mutate nor validate");
  if ([...builtInPlugins, ...before].some(other => other.name === name))
    problems.push("there is a plugin of this name: give yours another");
  if (problems.length > 0)
    throw new ApiError("BadRequest", `admission plugin ${JSON.stringify(name)}: ${problems.join("; ")}`);
}

/** A kind that is not built in has a dot in its name, and may come later. */
function misspelled(kind: string): string[] {
  const names = builtInKinds.map(({ name }) => name);
  if (kind.includes(".") || names.includes(kind)) return [];
  return [`there is no kind ${JSON.stringify(kind)}${didYouMean(kind, names)}`];
}
