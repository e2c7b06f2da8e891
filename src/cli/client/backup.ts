/**
 * `k4s backup FILE`: every object of a running cluster, as it was at one moment, in a file (cluster/backup-file.ts). All lists are asked for
 * at the same resourceVersion; where the server does not remember it any more, for so much has changed meanwhile, it is begun anew.
 */
import {
  type EncryptionOptions,
  encryptionFor,
  placeInBackup,
  resourceOf,
  writeBackup,
} from "../../cluster/index.ts";
import { hasReason } from "../../errors/index.ts";
import type { KubernetesObject } from "../../resources/index.ts";
import { Connection } from "./connection.ts";
import type { WhereOptions } from "./kubeconfig.ts";
import { type Resource, resourcesOf } from "./resources.ts";

const mostTries = 5;
const pageSize = 500;

/** Of a list, what is read here. */
interface List {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly KubernetesObject[];
}

export async function backup(file: string, options: WhereOptions & EncryptionOptions): Promise<void> {
  const encryption = encryptionFor(options);
  const connection = new Connection(options);
  const kept = (await resourcesOf(connection)).filter(isKept);
  const resources = new Map(kept.map(each => [`${each.group} ${each.kind}`, resourceOf(each)]));
  let secrets = 0;
  const seal = (object: KubernetesObject) => {
    const [group] = /^(.*)\//.exec(object.apiVersion ?? "")?.slice(1) ?? [""];
    const resource = resources.get(`${group} ${object.kind}`) ?? "";
    const sealed = encryption?.seal(resource, placeInBackup, JSON.stringify(object));
    if (!sealed && resource === "secrets") secrets++;
    return sealed?.toString("base64") ?? object;
  };
  for (let tries = 1; ; tries++) {
    secrets = 0;
    const { metadata } = await connection.json<List>("/api/v1/namespaces?limit=1");
    const revision = metadata.resourceVersion;
    try {
      const count = await writeBackup(file, revision, objectsAt(connection, kept, revision), seal);
      process.stdout.write(`${file} has ${count} objects, as of the resourceVersion ${revision}\n`);
      if (secrets > 0)
        process.stderr.write(`Warning: ${secrets} Secrets lie in it as they are (--encryption-key)\n`);
      return;
    } catch (error) {
      if (tries === mostTries || !hasReason(error, "Expired")) throw error;
    }
  }
}

/** What is computed when it is asked for is none of it, and of two versions or groups of one kind the first will do. */
function isKept({ group, verbs }: Resource): boolean {
  return verbs.includes("list") && verbs.includes("create") && group !== "events.k8s.io";
}

async function* objectsAt(
  connection: Connection,
  resources: readonly Resource[],
  revision: string,
): AsyncGenerator<KubernetesObject> {
  const seen = new Set<string>();
  for (const { group, version, plural, kind } of resources) {
    if (seen.has(`${plural}.${group}`)) continue;
    seen.add(`${plural}.${group}`);
    const apiVersion = group === "" ? version : `${group}/${version}`;
    const place = `${group === "" ? "/api" : "/apis"}/${apiVersion}/${plural}?limit=${pageSize}`;
    let from = `&resourceVersion=${revision}&resourceVersionMatch=Exact`;
    for (;;) {
      const list = await connection.json<List>(`${place}${from}`, { isQuiet: true });
      // Items of a list do not say of which kind they are.
      for (const item of list.items) yield { ...item, apiVersion, kind };
      if (!list.metadata.continue) break;
      from = `&continue=${encodeURIComponent(list.metadata.continue)}`;
    }
  }
}
