/**
 * The file by which clients find the cluster that a command has started. It may hold other clusters, as `~/.kube/config` does:
 * ours is added to them, as kind and minikube do it, and at the end only what we added is taken away. Entries of the same name
 * are replaced where an earlier cluster of ours has left them; others are refused.
 */
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { CORE_SCHEMA, dump, loadAll } from "js-yaml";
import { isOwnCluster } from "../access/index.ts";
import { ApiError, messageOf } from "../errors/index.ts";
import { writeWhole } from "../outside/index.ts";

interface Entry {
  readonly name: string;
  readonly [field: string]: unknown;
}

const lists = ["clusters", "users", "contexts"] as const;

type Config = Readonly<Record<string, unknown>> & {
  readonly [list in (typeof lists)[number]]: readonly Entry[];
};

/**
 * Adds what the text of a kubeconfig says, and makes its context the current one. Throws a BadRequest where that cannot be done.
 * It holds a token, and so is for its owner alone.
 * @returns takes it away again: what another has written there meanwhile stays
 */
export function addToKubeconfig(file: string, text: string): () => void {
  const added = parsed(text);
  try {
    // One folder, not all above it: a path that is mistyped is told, not made.
    if (!existsSync(dirname(file))) mkdirSync(dirname(file));
    const before = readConfig(file);
    assertReplaceable(before, added);
    write(file, {
      ...before,
      ...added,
      ...eachList(list => [...without(before[list], added[list]), ...added[list]]),
    });
    return () => takeAway(file, added, before["current-context"]);
  } catch (cause) {
    const problem = `the kubeconfig cannot be written to ${file}: ${messageOf(cause)}`;
    throw new ApiError("BadRequest", `${problem}; name another file with --kubeconfig`, {}, { cause });
  }
}

/** A cluster of ours that stands in a file under the name that another is to have. */
export interface Namesake {
  readonly name: string;
  readonly server: string;
  /** Who signs its certificate; undefined where it is not encrypted. */
  readonly ca: string | undefined;
}

/** Undefined where there is none, or it is the same one. */
export function namesakeIn(file: string, text: string): Namesake | undefined {
  const [own] = parsed(text).clusters;
  const serverOf = (entry: Entry | undefined) => (entry?.cluster as ClusterEntry | undefined)?.server;
  const there = configIn(file)?.clusters.find(({ name }) => name === own?.name);
  const server = serverOf(there);
  if (!there || !isOwnCluster(there.cluster) || typeof server !== "string" || server === serverOf(own))
    return undefined;
  const { "certificate-authority-data": ca } = there.cluster as ClusterEntry;
  const certificate = typeof ca === "string" ? Buffer.from(ca, "base64").toString("utf8") : undefined;
  return { name: there.name, server, ca: certificate };
}

interface ClusterEntry {
  readonly server?: unknown;
  readonly "certificate-authority-data"?: unknown;
}

/** Undefined where it cannot be read: who writes to it says why. */
function configIn(file: string): Config | undefined {
  try {
    return readConfig(file);
  } catch {
    return undefined;
  }
}

function takeAway(file: string, added: Config, currentBefore: unknown): void {
  if (!existsSync(file)) return;
  const { "current-context": current, ...now } = readConfig(file);
  const left = eachList(list =>
    now[list].filter(each => !added[list].some(own => isDeepStrictEqual(each, own))),
  );
  const isThere = (name: unknown) => left.contexts.some(each => each.name === name);
  const next = [current, currentBefore].find(isThere);
  if (lists.every(list => left[list].length === 0)) rmSync(file);
  else write(file, { ...now, ...left, ...(next !== undefined && { "current-context": next }) });
}

/** Throws where an entry of the name is there, and none of ours. */
function assertReplaceable(before: Config, added: Config): void {
  for (const list of lists)
    for (const { name } of added[list]) {
      const cluster = before.clusters.find(each => each.name === name);
      if (before[list].some(each => each.name === name) && !(cluster && isOwnCluster(cluster.cluster)))
        throw new Error(`${list} has ${JSON.stringify(name)} already, and not by k4s: give another --name`);
    }
}

function without(entries: readonly Entry[], others: readonly Entry[]): Entry[] {
  return entries.filter(({ name }) => others.every(other => other.name !== name));
}

function eachList(entries: (list: (typeof lists)[number]) => Entry[]) {
  return { clusters: entries("clusters"), users: entries("users"), contexts: entries("contexts") };
}

/** What stands there; nothing where there is no such file. Throws where it is no kubeconfig. */
function readConfig(file: string): Config {
  return parsed(existsSync(file) ? readFileSync(file, "utf8") : "");
}

function parsed(text: string): Config {
  const documents = loadAll(text, { schema: CORE_SCHEMA });
  const config = documents[0] ?? {};
  if (documents.length > 1 || typeof config !== "object" || Array.isArray(config))
    throw new Error("what stands there is no kubeconfig");
  const given = config as Readonly<Record<string, unknown>>;
  return { ...given, ...eachList(list => entriesOf(given[list])) };
}

function entriesOf(list: unknown): Entry[] {
  const isEntry = (each: unknown): each is Entry => typeof (each as Entry | null)?.name === "string";
  const entries: unknown[] = Array.isArray(list) ? list : [];
  if ((list ?? undefined) !== undefined && !(Array.isArray(list) && entries.every(isEntry)))
    throw new Error("what stands there is no kubeconfig");
  return entries.filter(isEntry);
}

/** A link stays one: many keep the file elsewhere. */
function write(file: string, config: Config): void {
  const place = existsSync(file) ? realpathSync(file) : file;
  writeWhole(place, dump(config, { schema: CORE_SCHEMA, lineWidth: -1 }), 0o600);
}
