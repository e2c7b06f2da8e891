/** The pod that a verb means: by its name, or one that a service or a workload has, a ready one first. */
import { ApiError } from "../../errors/index.ts";
import type { Connection } from "./connection.ts";
import { pathOf, resourcesOf, theOne } from "./resources.ts";

interface PodData {
  readonly metadata: { readonly name: string };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

type Labels = Readonly<Record<string, string>>;

interface Selecting {
  readonly spec?: { readonly selector?: Labels | { readonly matchLabels?: Labels } };
}

/** Throws a NotFound where there is none. */
export async function podOf(
  target: string,
  connection: Connection,
): Promise<{ readonly namespace: string; readonly name: string }> {
  const { namespace } = connection;
  if (!target.includes("/")) return { namespace, name: target };
  const [word = "", name = ""] = target.split("/");
  const resource = theOne(word, await resourcesOf(connection));
  if (resource.kind === "Pod" || resource.kind === "Container") return { namespace, name };
  const pods = await podsOf(await connection.json<Selecting>(pathOf(resource, namespace, name)), connection);
  const isReady = ({ status }: PodData) =>
    status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
  const ready = pods.filter(isReady);
  const chosen = ready[Math.floor(Math.random() * ready.length)] ?? pods[0];
  if (!chosen) throw new ApiError("NotFound", `${target} has no pod`);
  return { namespace, name: chosen.metadata.name };
}

async function podsOf({ spec }: Selecting, connection: Connection): Promise<readonly PodData[]> {
  const selector = spec?.selector;
  const labels = (selector && "matchLabels" in selector ? selector.matchLabels : selector) as
    | Labels
    | undefined;
  const path = `/api/v1/namespaces/${connection.namespace}/pods`;
  const glob = labels?.["k4s.dev/name"];
  if (glob !== undefined && /[*?[\]{}]/.test(glob)) {
    const [{ items }, { default: micromatch }] = await Promise.all([
      connection.json<{ items: readonly PodData[] }>(path),
      import("micromatch"),
    ]);
    return items.filter(({ metadata }) => micromatch.isMatch(metadata.name, glob));
  }
  const pairs = Object.entries(labels ?? {}).map(pair => pair.join("="));
  if (pairs.length === 0) return [];
  const query = `?labelSelector=${encodeURIComponent(pairs.join(","))}`;
  return (await connection.json<{ items: readonly PodData[] }>(path + query)).items;
}
