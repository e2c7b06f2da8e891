/**
 * What workers of a node that has joined ask of the cluster besides messages: the same verbs as on any node, as requests that show the token of the
 * pod's service account, so that the API server knows who asks and decides as for every client.
 */

import { apply, calls, type Manifest } from "../../api/index.ts";
import { ServerConnection } from "../../client/index.ts";
import { ApiError, checkArguments, hasReason } from "../../errors/index.ts";
import type { ResourceCalls } from "../../network/index.ts";
import type { Clock } from "../../outside/index.ts";
import { type RemoteRegistry, resourcePath } from "../../remote/index.ts";
import type {
  Draft,
  KindDefinition,
  KindRegistry,
  KubernetesObject,
  TokenRequestStatus,
} from "../../resources/index.ts";
import { serviceAccountUser, type Writer } from "../../store/index.ts";
import { appliable } from "./pod-apply.ts";

export interface PodCallsParts {
  readonly server: () => { readonly server: string; readonly ca: string };
  readonly registry: Pick<RemoteRegistry, "create">;
  readonly kinds: KindRegistry;
  readonly clock: Pick<Clock, "now">;
  /** The node, which asks for the tokens. */
  readonly writer: Writer;
}

type Caller = Parameters<ResourceCalls["call"]>[0];

interface HeldToken {
  readonly text: string;
  readonly goodUntil: number;
}

interface Selection {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly resourceVersion?: string;
}

interface Options extends Selection {
  readonly type?: string;
  readonly force?: boolean;
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: string;
  readonly preconditions?: object;
}

interface Items {
  readonly items: readonly KubernetesObject[];
}

/** The same as on every node (api/worker-calls.ts). */
const verbs = [
  ...(["apply", "get", "list", "create", "update", "updateStatus", "patch", "delete"] as const),
  "deleteCollection",
] as const;
/** Whose the fields are that are written. */
const asWorker = "fieldManager=worker";
const tokenSeconds = 3_600;
/** Of its life, until another is asked for. */
const usedShare = 0.8;
const patchTypes: Readonly<Record<string, string>> = {
  merge: "application/merge-patch+json",
  json: "application/json-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
};

export class PodCalls implements ResourceCalls {
  readonly #parts: PodCallsParts;
  /** By the uid of the pod. */
  readonly #tokens = new Map<string, HeldToken>();

  constructor(parts: PodCallsParts) {
    this.#parts = parts;
  }

  async call(who: Caller, name: string, args: readonly unknown[]): Promise<unknown> {
    const [first, second, third, fourth] = args;
    const verb = verbs.find(each => each === name);
    if (!verb)
      throw new ApiError(
        "MethodNotAllowed",
        `a worker cannot call "${name}"; it can ${verbs.join(", ")}, watch`,
      );
    checkArguments(verb, calls[verb], args);
    switch (verb) {
      case "apply": {
        const { file } = (second ?? {}) as { readonly file?: string };
        return this.#apply(who, [{ manifest: first as Manifest, ...(file !== undefined && { file }) }]);
      }
      case "get": {
        const path = this.#path(who, first, { name: second, namespace: third });
        return this.#ask(who, path).catch(asNone);
      }
      case "list": {
        const { items, kind } = await this.#list(who, first, second as Selection);
        return items.map(each => typed(kind, each));
      }
      case "create":
        return this.#ask(who, `${this.#pathOf(who, first)}?${asWorker}`, "POST", first);
      case "update":
        return this.#ask(who, `${this.#pathOf(who, first, "")}?${asWorker}`, "PUT", first);
      case "updateStatus":
        return this.#ask(who, `${this.#pathOf(who, first, "status")}?${asWorker}`, "PUT", first);
      case "patch": {
        const { namespace, type = "merge", force } = (fourth ?? {}) as Options;
        const path = this.#path(who, first, { name: second, namespace });
        const query = new URLSearchParams({ fieldManager: "worker", ...(force && { force: "true" }) });
        return this.#ask(who, `${path}?${query}`, "PATCH", third, patchTypes[type] ?? type);
      }
      case "delete": {
        const { namespace, ...options } = (third ?? {}) as Options;
        const path = this.#path(who, first, { name: second, namespace });
        return this.#ask(who, path, "DELETE", { apiVersion: "v1", kind: "DeleteOptions", ...options });
      }
      case "deleteCollection": {
        const { namespace, labelSelector, fieldSelector, ...options } = (second ?? {}) as Options;
        const kind = this.#kind(first);
        const path = this.#path(who, first, { namespace, isMany: true });
        const query = new URLSearchParams(selectorsIn({ labelSelector, fieldSelector }));
        const body = { apiVersion: "v1", kind: "DeleteOptions", ...options };
        const { items } = (await this.#ask(who, `${path}?${query}`, "DELETE", body)) as Items;
        return items.map(each => typed(kind, each));
      }
    }
  }

  /** As `cluster.apply` does it. */
  #apply(who: Caller, sources: Parameters<typeof apply>[1]): Promise<KubernetesObject[]> {
    const { namespace, pod, account } = who;
    const user = serviceAccountUser(namespace, account);
    const caller = { actor: `pod/${namespace}/${pod}`, user, manager: "worker" };
    const api = appliable((...asked) => this.#ask(who, ...asked));
    return apply({ api, kinds: this.#parts.kinds }, sources, caller, namespace);
  }

  async *subscribe(
    who: Caller,
    name: string,
    args: readonly unknown[],
    signal: AbortSignal,
  ): AsyncIterable<unknown> {
    if (name !== "watch")
      throw new ApiError("MethodNotAllowed", `a worker cannot subscribe to "${name}", only to watch`);
    const [spelling, selection = {}] = args as [unknown, Selection?];
    const { namespace, resourceVersion, ...selectors } = selection;
    const path = this.#path(who, spelling, { namespace, isMany: true });
    const query = new URLSearchParams({ watch: "1", ...selectorsIn(selectors) });
    // Without a revision it begins with all that is there.
    if (resourceVersion !== undefined) query.set("resourceVersion", resourceVersion);
    const connection = await this.#connectionFor(who);
    const answer = await connection.stream(`${path}?${query}`, { signal });
    let rest = "";
    answer.setEncoding("utf8");
    for await (const piece of answer) {
      const lines = `${rest}${piece}`.split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines.filter(Boolean)) {
        const event = JSON.parse(line) as { type: string; object: { code?: number; message?: string } };
        if (event.type === "ERROR")
          throw new ApiError(
            event.object.code === 410 ? "Expired" : "InternalError",
            event.object.message ?? "",
          );
        yield event;
      }
    }
  }

  async #list(who: Caller, spelling: unknown, { namespace, ...selectors }: Selection = {}) {
    const kind = this.#kind(spelling);
    const path = this.#path(who, spelling, { namespace, isMany: true });
    const query = new URLSearchParams(selectorsIn(selectors));
    const { items } = (await this.#ask(who, `${path}?${query}`)) as Items;
    return { items, kind };
  }

  #kind(spelling: unknown): KindDefinition {
    if (typeof spelling === "string") return this.#parts.kinds.find(spelling);
    throw new ApiError("BadRequest", "a kind is wanted, as text");
  }

  #path(
    who: Caller,
    spelling: unknown,
    { name, namespace, isMany }: { name?: unknown; namespace?: unknown; isMany?: boolean },
  ): string {
    const kind = this.#kind(spelling);
    const own = isMany ? undefined : who.namespace;
    const place = typeof namespace === "string" && namespace !== "" ? namespace : own;
    if (isMany) return resourcePath(kind, { namespace: place });
    if (typeof name !== "string" || name === "")
      throw new ApiError("BadRequest", "a name is wanted, as text");
    return resourcePath(kind, { namespace: place, name });
  }

  /** @param subresource the object itself where "", the collection where left out */
  #pathOf(who: Caller, given: unknown, subresource?: string): string {
    const draft = given as Draft & { readonly kind: string };
    const kind = this.#parts.kinds.of(draft);
    const { namespace = who.namespace, name = "" } = draft.metadata ?? {};
    if (subresource === undefined) return resourcePath(kind, { namespace });
    return resourcePath(kind, { namespace, name, subresource });
  }

  async #ask(
    who: Caller,
    path: string,
    method = "GET",
    body?: unknown,
    contentType?: string,
  ): Promise<unknown> {
    const connection = await this.#connectionFor(who);
    return connection.json(path, {
      method,
      silenceMs: 60_000,
      ...(body !== undefined && { body }),
      ...(contentType !== undefined && { contentType }),
    });
  }

  async #connectionFor(who: Caller): Promise<ServerConnection> {
    return new ServerConnection({ ...this.#parts.server(), token: await this.#tokenOf(who) });
  }

  async #tokenOf({ namespace, pod, uid, account }: Caller): Promise<string> {
    const { registry, clock, writer } = this.#parts;
    const now = clock.now();
    const held = this.#tokens.get(uid);
    if (held && now < held.goodUntil) return held.text;
    const draft = {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      metadata: { name: account, namespace },
      spec: {
        audiences: [],
        expirationSeconds: tokenSeconds,
        boundObjectRef: { apiVersion: "v1", kind: "Pod", name: pod, uid },
      },
    };
    const request = { author: writer, subresource: "token", parent: "ServiceAccount" };
    const { object } = await registry.create(draft as Draft, request);
    const { token = "" } = (object as { readonly status?: Partial<TokenRequestStatus> }).status ?? {};
    for (const [key, { goodUntil }] of this.#tokens) if (goodUntil <= now) this.#tokens.delete(key);
    this.#tokens.set(uid, { text: token, goodUntil: now + tokenSeconds * 1_000 * usedShare });
    return token;
  }
}

function selectorsIn({ labelSelector, fieldSelector }: Selection): Record<string, string> {
  return { ...(labelSelector && { labelSelector }), ...(fieldSelector && { fieldSelector }) };
}

function asNone(error: unknown): undefined {
  if (!hasReason(error, "NotFound")) throw error;
}

/** Items of a list do not say what they are. */
function typed({ versions, kind }: KindDefinition, item: KubernetesObject): KubernetesObject {
  return { ...item, apiVersion: versions[0].apiVersion, kind };
}
