/**
 * Where the cluster is that a verb means: what `--kubeconfig` or KUBECONFIG names; else the file that `k4s up` has left; else
 * kubectl's own. The context may be named; so may the namespace.
 */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import type { ServerAddress } from "../../client/index.ts";
import { ApiError, messageOf } from "../../errors/index.ts";
import { plainYaml } from "../../resources/index.ts";

/** The options that every verb takes. */
export interface WhereOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
}

export interface Where extends ServerAddress {
  readonly namespace: string;
}

/** The parts of a kubeconfig that are read. */
interface Config {
  readonly "current-context"?: string;
  readonly contexts?: readonly {
    name: string;
    context: { cluster: string; user: string; namespace?: string };
  }[];
  readonly clusters?: readonly { name: string; cluster: Readonly<Record<string, unknown>> }[];
  readonly users?: readonly { name: string; user: Readonly<Record<string, unknown>> }[];
}

/** Throws a NotFound or BadRequest that says what to do. */
export function whereIs(options: WhereOptions, env: NodeJS.ProcessEnv = process.env): Where {
  const files = filesFor(options, env);
  const found = files.filter(existsSync);
  if (found.length === 0)
    throw new ApiError(
      "NotFound",
      `no cluster is known: ${files.join(", ")} is not there; start one with k4s up`,
    );
  const config = merged(found.map(file => read(file)));
  const name = options.context ?? config["current-context"];
  const context = config.contexts?.find(each => each.name === name)?.context;
  const cluster = config.clusters?.find(each => each.name === context?.cluster);
  const user = config.users?.find(each => each.name === context?.user);
  if (!context || !cluster)
    throw new ApiError("BadRequest", `${found.join(", ")} has no context ${JSON.stringify(name ?? "")}`);
  return {
    server: String(cluster.cluster.server),
    namespace: options.namespace ?? context.namespace ?? "default",
    token: textOf(user?.user, "token"),
    ca: textOf(cluster.cluster, "certificate-authority"),
    cert: textOf(user?.user, "client-certificate"),
    key: textOf(user?.user, "client-key"),
    serverName: nameIn(cluster.cluster, "tls-server-name"),
    isUnchecked: cluster.cluster["insecure-skip-tls-verify"] === true,
  };
}

function filesFor({ kubeconfig }: WhereOptions, { KUBECONFIG }: NodeJS.ProcessEnv): string[] {
  if (kubeconfig !== undefined) return [kubeconfig];
  if (KUBECONFIG) return KUBECONFIG.split(delimiter).filter(Boolean);
  const own = join(homedir(), ".k4s", "kubeconfig");
  const kubectls = join(homedir(), ".kube", "config");
  return existsSync(own) || !existsSync(kubectls) ? [own] : [kubectls];
}

function read(file: string): Config {
  try {
    const config = plainYaml(readFileSync(file, "utf8")) as Config;
    // Files that it names lie beside it.
    const folder = dirname(resolve(file));
    const placed = (map: Readonly<Record<string, unknown>>) =>
      Object.fromEntries(
        Object.entries(map).map(([key, value]) =>
          /^(certificate-authority|client-certificate|client-key)$/.test(key)
            ? [key, resolve(folder, String(value))]
            : [key, value],
        ),
      );
    return {
      ...config,
      clusters: (config.clusters ?? []).map(({ name, cluster }) => ({ name, cluster: placed(cluster) })),
      users: (config.users ?? []).map(({ name, user }) => ({ name, user: placed(user ?? {}) })),
    };
  } catch (cause) {
    throw new ApiError(
      "BadRequest",
      `the kubeconfig ${file} cannot be read: ${messageOf(cause)}`,
      {},
      { cause },
    );
  }
}

/** As kubectl has it: the first file that says something is right. */
function merged(configs: readonly Config[]): Config {
  const current = configs.find(config => config["current-context"])?.["current-context"];
  return {
    ...(current !== undefined && { "current-context": current }),
    contexts: configs.flatMap(({ contexts = [] }) => contexts),
    clusters: configs.flatMap(({ clusters = [] }) => clusters),
    users: configs.flatMap(({ users = [] }) => users),
  };
}

/** What stands there itself, in base64 (`…-data`), or in a file. */
function textOf(map: Readonly<Record<string, unknown>> = {}, name: string): string | undefined {
  const data = map[`${name}-data`];
  if (typeof data === "string") return Buffer.from(data, "base64").toString("utf8");
  const value = map[name];
  if (typeof value !== "string") return undefined;
  return name === "token" ? value : readFileSync(value, "utf8");
}

function nameIn(map: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = map[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}
