/**
 * What a node sees of the pods of other nodes. Kubernetes' nodes list their own pods alone; here a node leads from pod to pod too, and needs of all
 * others where they are, what they are called, and which ports they name. What these run, with which variables, arguments and annotations, is not its
 * business: a node that was taken over would read it.
 */
import type { KubernetesObject, Pod } from "../resources/index.ts";
import type { Caller, Target } from "./options.ts";

const prefix = "system:node:";
const known = new WeakMap<KubernetesObject, KubernetesObject>();

/** Undefined for who is no node, and for other kinds: they are seen as they are. */
export function nodeViewOf(
  { user }: Pick<Caller, "user">,
  { kind }: Pick<Target, "kind">,
): ((object: KubernetesObject) => KubernetesObject) | undefined {
  if (kind.name !== "Pod" || !user?.groups.includes("system:nodes")) return undefined;
  const own = user.name.startsWith(prefix) ? user.name.slice(prefix.length) : undefined;
  return object => {
    if (own !== undefined && (object as Pod).spec.nodeName === own) return object;
    const before = known.get(object);
    if (before) return before;
    const bare = bareOf(object as Pod);
    known.set(object, bare);
    return bare;
  };
}

function bareOf({ apiVersion, kind, metadata, spec, status }: Pod): Pod {
  const { annotations: _, managedFields: __, ...named } = metadata;
  const { nodeName, hostname, subdomain, setHostnameAsFQDN, hostNetwork } = spec;
  const { phase, conditions, hostIP, hostIPs, podIP, podIPs, startTime, reason } = status ?? {};
  const namesOf = (containers: readonly { readonly name: string }[] = []) =>
    containers.map(({ name }) => ({ name }));
  return {
    apiVersion,
    kind,
    metadata: named,
    spec: {
      nodeName,
      hostname,
      subdomain,
      setHostnameAsFQDN,
      hostNetwork,
      containers: spec.containers.map(({ name, ports }) => ({ name, ports })),
      ...(spec.initContainers && { initContainers: namesOf(spec.initContainers) }),
      ...(spec.ephemeralContainers && { ephemeralContainers: namesOf(spec.ephemeralContainers) }),
    },
    ...(status && { status: { phase, conditions, hostIP, hostIPs, podIP, podIPs, startTime, reason } }),
  } as Pod;
}
