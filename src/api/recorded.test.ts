/**
 * What a real Kubernetes answered, replayed at the door (`kubernetes-1.35/admission/*.json`): deletions, updates, patches,
 * reviews. What is created with its defaults, and refused for what it is, test/recorded-requests.test.ts compares.
 */
import { expect, test } from "vitest";
import { AdmissionChain, pluginsFor, storeReader } from "../admission/index.ts";
import { ApiError, type Cause } from "../errors/index.ts";
import { seededRandom, VirtualClock } from "../outside/index.ts";
import { type Draft, KindRegistry, type KubernetesObject } from "../resources/index.ts";
import { administrator, MemoryStore, Registry } from "../store/index.ts";
import { allRecorded, describeRecorded } from "../test-recordings.ts";
import { Api } from "./api.ts";
import type { Caller, DeleteCallOptions, ObjectTarget, WriteOptions } from "./options.ts";
import type { PatchType } from "./patch.ts";

const kinds = new KindRegistry();
const caller: Caller = { actor: "golden", user: administrator, manager: "golden" };

interface Request {
  readonly method: "POST" | "PUT" | "PATCH" | "DELETE" | "GET";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface Case {
  readonly name: string;
  readonly given?: readonly Request[];
  readonly request: Request;
  readonly response: {
    readonly status: number;
    readonly body: KubernetesObject & {
      readonly reason?: string;
      readonly message?: string;
      readonly details?: { readonly causes?: readonly Cause[] };
    };
  };
}

/** What needs a whole cluster: kinds that are defined while it runs, and apply patches, which are the server's. */
const elsewhere = new Set(["strategic-custom-resource", "update-same-manager-name"]);

/** By the beginning of their names, or whole. */
const replayed =
  /^(delete-|put-|json-patch-|merge-patch-|strategic-|config-map-|access-review-(admin|self)|token-|eviction-without|name-|update-|query-dry-run|field-validation|method-)/;

/** A body that comes in as a list of operations, or is a merge or strategic patch. */
const patchTypes: Readonly<Record<string, PatchType>> = {
  "application/json-patch+json": "json",
  "application/merge-patch+json": "merge",
  "application/strategic-merge-patch+json": "strategic",
};

/** `/apis/apps/v1/namespaces/golden/deployments/web/scale` */
function targetOf(path: string): ObjectTarget {
  const steps = path.split("/").filter(Boolean);
  const [group, version] = steps[0] === "api" ? ["", steps[1]] : [steps[1], steps[2]];
  const rest = steps.slice(steps[0] === "api" ? 2 : 3);
  const isWithin = rest[0] === "namespaces" && rest.length > 2;
  const namespace = isWithin ? rest[1] : "";
  const [plural = "", name, subresource] = isWithin ? rest.slice(2) : rest;
  const found = kinds.at({ group: group ?? "", version: version ?? "", plural });
  if (!found) throw new Error(`no kind at ${path}`);
  return { ...found, namespace, name, subresource } as ObjectTarget;
}

async function send(api: Api, { method, path, headers = {}, query = {}, body }: Request): Promise<unknown> {
  const target = targetOf(path);
  const { dryRun, fieldManager, fieldValidation, propagationPolicy } = query;
  // Over HTTP what is unknown is dropped with a warning, unless the client says otherwise.
  const options = { dryRun, fieldManager, fieldValidation: fieldValidation ?? "Warn" } as WriteOptions;
  // A collection has no name: what is new is named by its body.
  const { name, ...collection } = target;
  const answer = async () => {
    switch (method) {
      case "POST":
        return (await api.create(caller, name === undefined ? collection : target, body as Draft, options))
          .object;
      case "PUT":
        return (await api.update(caller, target, body as Draft, options)).object;
      case "PATCH": {
        const type = patchTypes[headers["content-type"] ?? ""];
        if (!type) throw new Error(`${headers["content-type"]} is not replayed`);
        return (await api.patch(caller, target, body, { ...options, type })).object;
      }
      case "DELETE": {
        const asked = { ...(body as object), dryRun, ...(propagationPolicy && { propagationPolicy }) };
        return (await api.delete(caller, target, asked as DeleteCallOptions)).object;
      }
      default:
        return api.get(caller, target);
    }
  };
  return answer();
}

async function replay({ given = [], request }: Case): Promise<{ object?: unknown; error?: ApiError }> {
  const clock = new VirtualClock();
  const store = new MemoryStore({ clock, onFault: fault => expect.fail(String(fault)) });
  const admission = new AdmissionChain(pluginsFor(), storeReader(store, kinds));
  const registry = new Registry({ store, kinds, admission, clock, random: seededRandom(1) });
  const access = request.headers?.["impersonate-user"] === undefined ? undefined : () => ({ allowed: false });
  const api = new Api({ registry, clock });
  const review = access
    ? new Registry({
        store,
        kinds,
        admission,
        clock,
        random: seededRandom(1),
        access: { authorize: access },
      })
    : registry;
  const asked = new Api({ registry: review, clock });
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "golden" } };
  await send(api, { method: "POST", path: "/api/v1/namespaces", body: namespace });
  for (const each of given) if (each.method) await send(api, each);
  try {
    return { object: await send(asked, request) };
  } catch (error) {
    if (error instanceof ApiError) return { error };
    throw error;
  }
}

/** Without what differs from run to run. */
function comparable(object: unknown): unknown {
  const { metadata, ...rest } = object as KubernetesObject;
  const {
    uid: _1,
    resourceVersion: _2,
    creationTimestamp: _3,
    deletionTimestamp: _4,
    managedFields: _5,
    ...others
  } = metadata ?? {};
  const text = JSON.stringify({ ...rest, metadata: others });
  return JSON.parse(
    text
      .replaceAll(/10\.96\.\d+\.\d+/g, "<ip>")
      .replaceAll(/"nodePort":(\d+|"<port>")/g, '"nodePort":"<port>"'),
    // Go prints an absent time as null.
    (_, value) => value ?? undefined,
  );
}

function causeLines(causes: readonly Cause[] = []): string[] {
  // A diff of Go structs, our list of changed fields, and the object that a patch made are left out.
  const text = (message: string) =>
    message
      .split(/\n@@|; changed: /)[0]
      ?.trim()
      .replace(/^(Invalid value: )".*": .*$/, "$1…");
  return causes
    .map(({ reason, field, message }) => `${reason} ${field}: ${field === "patch" ? "" : text(message)}`)
    .sort();
}

describeRecorded("requests as recorded", "admission", () => {
  const cases = allRecorded<Case>("admission").filter(
    ({ name, request }) => replayed.test(name) && request.method !== "GET" && !elsewhere.has(name),
  );
  test.each(cases.map(each => [each.name, each] as const))("%s", async (_, recorded) => {
    const { status, body } = recorded.response;
    const { object, error } = await replay(recorded);
    if (status >= 300) {
      expect(error?.code).toBe(status);
      // Our answer may know more, such as where in a patch; and what is Go's is Go's.
      const causes = body.details?.causes ?? [];
      if (causes.length > 0) expect(causeLines(error?.details.causes)).toEqual(causeLines(causes));
      return;
    }
    if (error) throw error;
    if ((body as { kind: string }).kind !== "Status") expect(comparable(object)).toEqual(comparable(body));
  });
});
