/**
 * `k4s rollout`: how far a workload's template has come, which it has had, back to one of them, and all pods anew. What is read
 * from the workload is that of `cluster.rollout` (operations/); the words are kubectl's.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { dump } from "js-yaml";
import { ApiError } from "../../errors/index.ts";
import {
  type Keeper,
  keeperOf,
  notRolledOut,
  patchToPause,
  patchToRestart,
  patchToRestore,
  type RolledOut,
  revisionsOf,
  revisionToRestore,
  rolledOutKinds,
  rolloutStatus,
} from "../../operations/index.ts";
import type { ReplicaSet } from "../../resources/index.ts";
import { tableText } from "../table.ts";
import { shownName } from "./apply.ts";
import { Connection } from "./connection.ts";
import type { WhereOptions } from "./kubeconfig.ts";
import { oneTarget, pathOf, type Resource, resourcesOf, theOne } from "./resources.ts";

interface Found {
  readonly connection: Connection;
  readonly resources: readonly Resource[];
  /** Where it is. */
  readonly path: string;
  readonly name: string;
  /** `deployment.apps/web` */
  readonly shown: string;
}

/** @param more kinds besides those that have a template */
async function found(
  words: readonly string[],
  options: WhereOptions,
  more: readonly string[] = [],
): Promise<Found> {
  const connection = new Connection(options);
  const { word, name } = oneTarget(words);
  const resources = await resourcesOf(connection);
  const resource = theOne(word, resources);
  if (resource.group !== "apps" || ![...rolledOutKinds, ...more].includes(resource.kind))
    throw notRolledOut(resource.kind);
  const path = pathOf(resource, connection.namespace, name);
  return { connection, resources, path, name, shown: shownName(resource, name) };
}

/** Resolves when it is rolled out; fails with a Timeout, or where its deadline has passed. */
export async function rolloutWait(
  words: readonly string[],
  options: WhereOptions & { readonly timeout: number; readonly watch: boolean },
): Promise<void> {
  const { connection, path } = await found(words, options, ["ReplicaSet"]);
  const until = Date.now() + options.timeout * 1_000;
  for (let told = ""; ; await sleep(100)) {
    const { done, message } = rolloutStatus(await connection.json<RolledOut | ReplicaSet>(path));
    if (message !== told) process.stdout.write(`${message}\n`);
    told = message;
    if (done || !options.watch) return;
    if (Date.now() > until) throw new ApiError("Timeout", `timed out: ${message}`);
  }
}

/** The templates that are remembered, or one of them, whole. */
export async function rolloutHistory(
  words: readonly string[],
  options: WhereOptions & { readonly revision?: number },
): Promise<void> {
  const { shown, revisions } = await remembered(await found(words, options));
  const { revision: wanted } = options;
  if (wanted === undefined) {
    const rows = revisions.map(({ revision, changeCause = "<none>" }) => [String(revision), changeCause]);
    process.stdout.write(`${shown}\n${tableText(["REVISION", "CHANGE-CAUSE"], rows)}`);
    return;
  }
  const one = revisions.find(({ revision }) => revision === wanted);
  if (!one)
    throw new ApiError(
      "NotFound",
      `unable to find revision ${wanted} of ${shown}: there are ${list(revisions)}`,
    );
  process.stdout.write(
    `${shown} with revision #${wanted}\n${dump({ template: one.template }, { noRefs: true })}`,
  );
}

function list(revisions: readonly { readonly revision: number }[]): string {
  return revisions.map(({ revision }) => revision).join(", ") || "none";
}

/** Back to the template before, or to one by its number. */
export async function rolloutUndo(
  words: readonly string[],
  options: WhereOptions & { readonly toRevision?: number },
): Promise<void> {
  const { connection, path, shown, workload, revisions } = await remembered(await found(words, options));
  const wanted = revisionToRestore(workload, revisions, options.toRevision);
  if (!wanted) {
    const { revision } = revisions.at(-1) ?? {};
    process.stdout.write(
      `${shown} skipped rollback (current template already matches revision ${revision})\n`,
    );
    return;
  }
  const body = patchToRestore(workload, wanted);
  await connection.text(path, { method: "PATCH", body, contentType: "application/json-patch+json" });
  process.stdout.write(`${shown} rolled back\n`);
}

async function remembered(what: Found) {
  const { connection, resources, path } = what;
  const workload = await connection.json<RolledOut>(path);
  const keepers = theOne(`${keeperOf(workload)}.apps`, resources);
  const { items } = await connection.json<{ readonly items: readonly Keeper[] }>(
    pathOf(keepers, connection.namespace),
  );
  // What is in a list does not say its kind.
  const kept = items.map(item => ({ ...item, kind: keepers.kind }) as Keeper);
  return { ...what, workload, revisions: revisionsOf(workload, kept) };
}

/** All its pods are replaced, by its own strategy. */
export async function rolloutRestart(words: readonly string[], options: WhereOptions): Promise<void> {
  await change(words, options, workload => patchToRestart(workload, Date.now()), "restarted");
}

export async function rolloutPause(words: readonly string[], options: WhereOptions): Promise<void> {
  await change(words, options, workload => patchToPause(workload, true), "paused");
}

export async function rolloutResume(words: readonly string[], options: WhereOptions): Promise<void> {
  await change(words, options, workload => patchToPause(workload, false), "resumed");
}

async function change(
  words: readonly string[],
  options: WhereOptions,
  patchOf: (workload: RolledOut) => object,
  done: string,
): Promise<void> {
  const { connection, path, shown } = await found(words, options);
  const body = patchOf(await connection.json<RolledOut>(path));
  await connection.text(path, { method: "PATCH", body, contentType: "application/merge-patch+json" });
  process.stdout.write(`${shown} ${done}\n`);
}
