/**
 * Plugins for pods. Ten thousand pods are made from one template and share its spec; so that they share what a plugin makes
 * of it as well, the result is remembered with what it was made of.
 */
import type { Draft, Pod, PodSpec } from "../resources/index.ts";
import { deepFreeze } from "../store/index.ts";
import { type AdmissionPlugin, pluginFor } from "./plugin.ts";

/** A plugin that is asked about pods. One that has no spec yet is refused by its schema: there is nothing to look at. */
export function podPlugin(plugin: Parameters<typeof pluginFor<Pod>>[0]): AdmissionPlugin {
  const { mutate, ...rest } = plugin;
  return pluginFor<Pod>({
    ...rest,
    ...(mutate && {
      mutate: (pod, request, reader) => (pod.spec?.containers ? mutate(pod, request, reader) : pod),
    }),
  });
}

/** What makes one spec of another, with the help of something that may change from time to time (a class, a list). */
type Change<Context> = (spec: PodSpec, context: Context) => PodSpec;

/** Gives pods the spec that `change` makes of theirs: once for each frozen spec, until the context is another one. */
export function changingSpecs<Context>(
  change: Change<Context>,
): (pod: Draft<Pod>, context: Context) => Draft<Pod> {
  const made = new WeakMap<PodSpec, { readonly context: Context; readonly spec: PodSpec }>();
  return (pod, context) => {
    const before = pod.spec;
    let known = made.get(before);
    if (known === undefined || known.context !== context) {
      known = { context, spec: deepFreeze(change(before, context)) };
      if (Object.isFrozen(before)) made.set(before, known);
    }
    return known.spec === before ? pod : { ...pod, spec: known.spec };
  };
}
