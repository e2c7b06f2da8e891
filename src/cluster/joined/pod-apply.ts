/**
 * Manifests that a worker of a joined node applies: read and tried out here as where the cluster runs (api/apply.ts), by the kinds that are known here;
 * each object is asked for and written at the API server, by the rights of the worker's account.
 */
import type { Appliable } from "../../api/index.ts";
import { ApiError, hasReason } from "../../errors/index.ts";
import { resourcePath } from "../../remote/index.ts";
import type { Draft, KubernetesObject } from "../../resources/index.ts";

/** A request in the name of the worker. Resolves to what is answered. */
export type AskAsPod = (
  path: string,
  method?: string,
  body?: unknown,
  contentType?: string,
) => Promise<unknown>;

/** As often is a change tried again that others were faster than. */
const mostConflicts = 10;

export function appliable(ask: AskAsPod): Appliable {
  const find: Appliable["find"] = async (_, { kind, namespace, name }) => {
    const path = resourcePath(kind, { namespace, name });
    return ask(path).catch(error => {
      if (!hasReason(error, "NotFound")) throw error;
    }) as Promise<KubernetesObject | undefined>;
  };
  return {
    find,
    async create(_, { kind }, draft, { dryRun } = {}) {
      const { namespace } = draft.metadata ?? {};
      const path = `${resourcePath(kind, { namespace })}?${queryOf(dryRun)}`;
      return { object: (await ask(path, "POST", draft)) as KubernetesObject, outcome: "created" };
    },
    async change(caller, target, change, { dryRun } = {}) {
      const { kind, namespace, name } = target;
      const path = `${resourcePath(kind, { namespace, name })}?${queryOf(dryRun)}`;
      for (let tries = 1; ; tries++) {
        const live = await find(caller, target);
        if (!live) throw new ApiError("NotFound", `${kind.plural} "${name}" not found`);
        const patch = patchFrom(live, change(live));
        if (patch.length === 0) return { object: live, outcome: "unchanged" };
        try {
          const object = await ask(path, "PATCH", patch, "application/json-patch+json");
          return { object: object as KubernetesObject, outcome: "changed" };
        } catch (error) {
          if (!hasReason(error, "Conflict") || tries >= mostConflicts) throw error;
        }
      }
    },
  };
}

function queryOf(dryRun: "All" | undefined): URLSearchParams {
  return new URLSearchParams({ fieldManager: "worker", ...(dryRun && { dryRun }) });
}

/** Part by part, on the condition that the object is as it was read. */
function patchFrom(live: KubernetesObject, wanted: Draft): object[] {
  const [before, after] = [live, wanted].map(each => each as unknown as Readonly<Record<string, unknown>>);
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  const changed = [...names].filter(name => JSON.stringify(before?.[name]) !== JSON.stringify(after?.[name]));
  const ops = changed.map(name => {
    const path = `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    if (after?.[name] === undefined) return { op: "remove", path };
    return { op: "add", path, value: after[name] };
  });
  // Another one than it has by now is a Conflict.
  const asRead = { op: "add", path: "/metadata/resourceVersion", value: live.metadata.resourceVersion };
  return ops.length === 0 ? ops : [...ops, asRead];
}
