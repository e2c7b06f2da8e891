/**
 * Requests for objects: a method and a path become a verb of the API (api/), its answer becomes a response. Nothing is decided
 * here: who may do what, what is valid and what is written is the API's to say.
 */
import type { Api, Caller, ObjectTarget } from "../api/index.ts";
import type { PodConnections } from "../node/index.ts";
import type { Clock } from "../outside/index.ts";
import type { KindRegistry } from "../resources/index.ts";
import { type HttpRequest, type HttpResponse, sendJson } from "./answer.ts";
import type { AuditRecord } from "./audit.ts";
import { readBody } from "./body.ts";
import {
  checkDuplicates,
  checkName,
  checkPatchDuplicates,
  deleteOptionsFrom,
  draftFrom,
  patchFrom,
} from "./decode-body.ts";
import { HeldBytes } from "./held-bytes.ts";
import { notServedAt, notServedIn } from "./not-served.ts";
import { type Exchange, sendList, sendObject, sendWritten, tellerOf } from "./object-answers.ts";
import { isTrue, listOptionsOf, selectorsOf, watchOptionsOf, writeOptionsOf } from "./query.ts";
import { representationFor } from "./representation.ts";
import type { ResourceRoute } from "./route.ts";
import { createdStatus, deletedStatus, methodNotAllowed } from "./status.ts";
import type { ConnectHandlers } from "./streams/index.ts";
import { sendWatch } from "./watch-response.ts";

export interface ResourceRequestParts {
  readonly api: Api<PodConnections>;
  readonly kinds: KindRegistry;
  readonly clock: Clock;
  /** Bounds what is held for clients; the usual bound where left out. */
  readonly held?: HeldBytes;
}

export class ResourceRequests {
  readonly #parts: ResourceRequestParts;
  readonly #connect: ConnectHandlers;
  readonly #held: HeldBytes;

  constructor(parts: ResourceRequestParts, connect: ConnectHandlers) {
    this.#parts = parts;
    this.#connect = connect;
    this.#held = parts.held ?? new HeldBytes();
  }

  /** Rejects with what the API refuses, before anything has been answered. */
  async handle(
    request: HttpRequest,
    response: HttpResponse,
    caller: Caller,
    route: ResourceRoute,
    query: URLSearchParams,
    record?: AuditRecord,
  ): Promise<void> {
    const { namespace, name, subresource, rest } = route;
    const found = this.#parts.kinds.at(route);
    if (!found) throw notServedAt(this.#parts.kinds, route);
    const { kind, version, subresource: part } = found;
    const isNamespaced = kind.scope === "Namespaced";
    if (namespace !== "" && !isNamespaced) throw notServedIn(this.#parts.kinds, route.group);
    // Behind a subresource is nothing, but for what is reached through a proxy.
    if (rest !== "" && !part?.connect) throw notServedIn(this.#parts.kinds, route.group);
    const target = {
      kind,
      version,
      namespace,
      ...(name && { name }),
      ...(subresource !== undefined && { subresource }),
    };
    const representation = representationFor(request.headers.accept);
    const { clock } = this.#parts;
    if (target.version.deprecated) {
      caller.warn?.(target.version.deprecated);
      caller.annotate?.("k8s.io/deprecated", "true");
    }
    const held = this.#held.by(response);
    const exchange = { request, response, caller, target, part, query, representation, clock, held, record };
    if (route.isWatch && request.method !== "GET" && request.method !== "HEAD") throw methodNotAllowed();
    if (name === "") {
      // In all namespaces objects are read, and nothing else: a path without its namespace must not empty the cluster.
      const isRead = request.method === "GET" || request.method === "HEAD";
      if (isNamespaced && namespace === "" && !isRead) throw methodNotAllowed();
      const isWatch = route.isWatch || isTrue(query, "watch");
      return this.#collection(exchange, isWatch);
    }
    // What is namespaced has no name without one.
    if (isNamespaced && namespace === "" && !route.isWatch) throw notServedIn(this.#parts.kinds, route.group);
    const named = { ...exchange, target: { ...target, name } };
    if (route.isWatch || (isTrue(query, "watch") && request.method === "GET" && !subresource))
      return this.#watch(named);
    return this.#object(named);
  }

  // --- Collections.

  async #collection(exchange: Exchange, isWatch: boolean): Promise<void> {
    const { request, caller, target, query } = exchange;
    const { verbs } = target.kind;
    const { api } = this.#parts;
    switch (request.method) {
      case "HEAD":
      case "GET": {
        if (!verbs.includes(isWatch ? "watch" : "list")) throw methodNotAllowed();
        if (isWatch) return this.#watch(exchange);
        return sendList(exchange, await api.list(caller, target, listOptionsOf(query)));
      }
      case "POST": {
        if (!verbs.includes("create")) throw methodNotAllowed();
        const options = writeOptionsOf(query);
        const body = await readBody(request, exchange);
        const draft = draftFrom(body, target);
        exchange.record?.writes(draft);
        checkDuplicates(body, target.kind, target.version, options, caller);
        return sendWritten(exchange, await api.create(caller, target, draft, options));
      }
      case "DELETE": {
        if (!verbs.includes("deletecollection")) throw methodNotAllowed();
        const options = await deleteOptionsOf(exchange);
        const deleted = await api.deleteCollection(caller, target, { ...options, ...selectorsOf(query) });
        return sendList(exchange, deleted);
      }
      default:
        throw methodNotAllowed();
    }
  }

  async #watch(exchange: Exchange): Promise<void> {
    const { response, caller, target, query, record } = exchange;
    if (!target.kind.verbs.includes("watch")) throw methodNotAllowed();
    const events = await this.#parts.api.watch(caller, target, watchOptionsOf(query));
    record?.started(200);
    await sendWatch(response, events, tellerOf(exchange), exchange.clock);
  }

  // --- One object.

  async #object(exchange: Exchange & { readonly target: ObjectTarget }): Promise<void> {
    const { request, response, caller, target, part, query } = exchange;
    const { api } = this.#parts;
    if (part?.connect) {
      const handler = this.#connect.get(part.name);
      if (!handler) throw notServedIn(this.#parts.kinds, target.kind.group);
      return handler.answer({ caller, target, query }, request, response);
    }
    const verbs: readonly string[] = part?.verbs ?? target.kind.verbs;
    const assertAllows = (verb: string) => {
      if (!verbs.includes(verb)) throw methodNotAllowed();
    };
    switch (request.method) {
      case "HEAD":
      case "GET":
        assertAllows("get");
        return sendObject(exchange, 200, await api.get(caller, target));
      case "PUT": {
        assertAllows("update");
        const options = writeOptionsOf(query);
        const body = await readBody(request, exchange);
        const draft = draftFrom(body, target, part);
        exchange.record?.writes(draft);
        checkDuplicates(body, target.kind, target.version, options, caller);
        checkName(draft, target);
        return sendWritten(exchange, await api.update(caller, target, draft, options));
      }
      case "PATCH": {
        assertAllows("patch");
        const body = await readBody(request, exchange);
        const { patch, type } = patchFrom(body);
        exchange.record?.sent(patch);
        const force = query.has("force") ? { force: isTrue(query, "force") } : {};
        const options = { ...writeOptionsOf(query), ...force, type };
        checkPatchDuplicates(body, options, caller);
        return sendWritten(exchange, await api.patch(caller, target, patch, options));
      }
      case "POST": {
        // An object is created in its collection; only its parts are created at it.
        if (!part) throw methodNotAllowed();
        assertAllows("create");
        const draft = draftFrom(await readBody(request, exchange), target, part);
        exchange.record?.sent(draft);
        const options = writeOptionsOf(query);
        const written = await api.create(caller, target, draft, options);
        if (part.answer) return sendWritten(exchange, written);
        // What was bound, or evicted, is not what was created: that it went well is all there is to say.
        const text = JSON.stringify(createdStatus);
        exchange.record?.answers(text);
        return sendJson(request, exchange.response, 201, text);
      }
      case "DELETE": {
        assertAllows("delete");
        const options = await deleteOptionsOf(exchange);
        const { object, outcome } = await api.delete(caller, target, options);
        const isTold = outcome === "terminating" || target.kind.answersDeletion;
        if (isTold) return sendObject(exchange, 200, object);
        const text = JSON.stringify(deletedStatus(target.kind, object));
        exchange.record?.answers(text);
        return sendJson(request, exchange.response, 200, text, exchange.representation.mediaType);
      }
      default:
        throw methodNotAllowed();
    }
  }
}

/** Of a deletion: in the body, or in the query. */
async function deleteOptionsOf({ request, query, record, ...exchange }: Exchange) {
  const body = await readBody(request, exchange);
  const options = deleteOptionsFrom(body, query);
  if (body.bytes.length > 0) record?.sent(options);
  return options;
}
