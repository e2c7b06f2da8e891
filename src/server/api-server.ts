/**
 * The Kubernetes API over HTTP: each request is given to who answers it, and whatever goes wrong becomes a Status. Nothing is
 * decided here, and nothing but this room knows HTTP.
 */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Caller } from "../api/index.ts";
import { hasReason } from "../errors/index.ts";
import { plainResponse, type Upgrade } from "../kubelet/index.ts";
import type { Random } from "../outside/index.ts";
import type { Attributes } from "../resources/index.ts";
import type { User } from "../store/index.ts";
import { type HttpRequest, type HttpResponse, mustBeTaken, sendBytes, sendJson } from "./answer.ts";
import { askedRight } from "./asked-rights.ts";
import { type Audit, type AuditRecord, auditIdOf } from "./audit.ts";
import { type DocumentRequestParts, DocumentRequests } from "./document-requests.ts";
import { answerMetrics, isAboutMetrics } from "./metric-requests.ts";
import { RequestMetrics } from "./metrics.ts";
import { PageNotFound } from "./not-served.ts";
import { type ResourceRequestParts, ResourceRequests } from "./resource-requests.ts";
import { type Asked, askedIn } from "./route.ts";
import { asKubernetesSays, failureOf } from "./status.ts";
import { type ConnectHandlers, type ConnectParts, connectHandlers } from "./streams/index.ts";
import { Warnings } from "./warnings.ts";

export interface ApiServerParts
  extends ResourceRequestParts,
    Pick<ConnectParts, "onFault">,
    Omit<DocumentRequestParts, "requestMetrics"> {
  /** Who sends a request. Rejects with Unauthorized where that cannot be told. */
  readonly authenticate: (request: HttpRequest) => Promise<User>;
  /** As whom it is to be answered. Rejects with Forbidden where the sender may not ask as another; it is the sender where left out. */
  readonly actingAs?: (sender: User, request: HttpRequest) => Promise<User>;
  /** Takes note of each request; nothing does where left out. */
  readonly audit?: Audit | undefined;
  readonly random: Pick<Random, "uuid">;
}

/** What is not taken of an answer, in bytes, before its client is watched: all below lies with the system at once. */
const largeBytes = 64 * 1024;

export class ApiServer {
  readonly #parts: ApiServerParts;
  readonly #resources: ResourceRequests;
  readonly #connect: ConnectHandlers;
  readonly #documents: DocumentRequests;
  readonly #metrics: RequestMetrics;

  constructor(parts: ApiServerParts) {
    this.#parts = parts;
    this.#metrics = new RequestMetrics(parts.kinds);
    this.#connect = connectHandlers(parts);
    this.#resources = new ResourceRequests(parts, this.#connect);
    this.#documents = new DocumentRequests({ ...parts, requestMetrics: this.#metrics });
  }

  /** Answers a request. Never rejects: what goes wrong is told to the client, where it can be. */
  async handle(request: HttpRequest, response: HttpResponse): Promise<void> {
    let record: AuditRecord | undefined;
    try {
      const id = auditIdOf(request, this.#parts.random);
      response.setHeader("Audit-Id", id);
      const asked = askedIn(request.url);
      record = this.#parts.audit?.begin(id, request, response, asked);
      await this.#answer(request, response, asked, record);
    } catch (error) {
      record?.failed(failureOf(error));
      if (response.headersSent) response.destroy();
      else await sendFailure(request, response, error).catch(() => response.destroy());
    }
    if (response.writableLength > largeBytes) mustBeTaken(response, this.#parts.clock);
  }

  /** The same for a request that asks for another protocol. What cannot be upgraded is answered as if it had not asked. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const upgrade = { request, socket, head };
    try {
      const isUpgraded = await this.#upgrade(upgrade);
      if (!isUpgraded) await this.handle(request, plainResponse(upgrade));
    } catch (error) {
      // A socket that still carries the answer to an earlier request can carry no other.
      await refuse(upgrade, error).catch(() => socket.destroy());
    }
  }

  /** Resolves to false where there is nothing to upgrade to. */
  async #upgrade(upgrade: Upgrade): Promise<boolean> {
    const asked = askedIn(upgrade.request.url);
    const { route, query } = asked;
    if (route.type !== "resource" || route.name === "") return false;
    const found = this.#parts.kinds.at(route);
    if (!found?.subresource?.connect) return false;
    const handler = this.#connect.get(found.subresource.name);
    if (!handler?.upgrade) return false;
    const id = auditIdOf(upgrade.request, this.#parts.random);
    const record = this.#parts.audit?.begin(id, upgrade.request, undefined, asked);
    try {
      const caller = await this.#callerOf(upgrade.request, asked, record);
      const { kind, version } = found;
      const { namespace, name, subresource } = route;
      const target = { kind, version, namespace, name, subresource };
      await handler.upgrade({ caller, target, query }, upgrade);
      record?.complete(101);
    } catch (error) {
      const failure = failureOf(error);
      record?.failed(failure);
      record?.complete(failure.code);
      throw error;
    }
    return true;
  }

  /** Who asks, once it is known that it may: nothing else of the request has been looked at, its body least of all. */
  async #callerOf(
    request: HttpRequest,
    asked: Asked,
    record: AuditRecord | undefined,
    response?: HttpResponse,
  ): Promise<Caller> {
    const user = await this.#userOf(request, record);
    const right = askedRight(request, asked);
    await this.#authorize(user, right, record);
    return callerOf(user, right, request, { response, record });
  }

  async #authorize(user: User, right: Attributes, record: AuditRecord | undefined): Promise<void> {
    try {
      const { reason = "" } = await this.#parts.api.authorization.demand(user, right);
      record?.annotate("authorization.k8s.io/decision", "allow");
      record?.annotate("authorization.k8s.io/reason", reason);
    } catch (error) {
      record?.annotate("authorization.k8s.io/decision", "forbid");
      record?.annotate("authorization.k8s.io/reason", "");
      throw error;
    }
  }

  async #userOf(request: HttpRequest, record: AuditRecord | undefined): Promise<User> {
    const { authenticate, actingAs } = this.#parts;
    const sender = await authenticate(request);
    record?.sentBy(sender);
    const user = actingAs ? await actingAs(sender, request) : sender;
    record?.actsAs(user);
    return user;
  }

  async #answer(
    request: HttpRequest,
    response: HttpResponse,
    asked: Asked,
    record: AuditRecord | undefined,
  ): Promise<void> {
    const { route, query } = asked;
    const answered = this.#metrics.begin(request, route, query);
    response.once("close", () => answered(response.statusCode));
    const caller = await this.#callerOf(request, asked, record, response);
    if (route.type === "resource" && isAboutMetrics(route))
      return answerMetrics(this.#parts.reported, request, response, route, query);
    if (route.type === "resource")
      return this.#resources.handle(request, response, caller, route, query, record);
    return this.#documents.handle(request, response, route, query);
  }
}

/** Who asks, with which program and which right, and where warnings for it and notes of it go. */
function callerOf(
  user: User,
  right: Attributes,
  request: HttpRequest,
  {
    response,
    record,
  }: { readonly response: HttpResponse | undefined; readonly record: AuditRecord | undefined },
): Caller {
  const [agent = ""] = String(request.headers["user-agent"] ?? "").split("/", 1);
  const warnings = response && new Warnings(response);
  return {
    actor: user.name,
    user,
    allowed: right,
    manager: agent.slice(0, 128) || "unknown",
    warn: text => warnings?.add(asKubernetesSays(text)),
    ...(record && { annotate: (key: string, value: string) => record.annotate(key, value) }),
  };
}

async function sendFailure(request: HttpRequest, response: HttpResponse, error: unknown): Promise<void> {
  if (error instanceof PageNotFound)
    return sendBytes(request, response, 404, Buffer.from(`${error.message}\n`), "text/plain; charset=utf-8");
  const status = failureOf(error);
  if (status.details?.retryAfterSeconds !== undefined)
    response.setHeader("Retry-After", status.details.retryAfterSeconds);
  await sendJson(request, response, status.code, JSON.stringify(status));
}

/** A refusal of what would be kubelet's to do comes as the plain text that kubelet sends, and that clients print. */
async function refuse(upgrade: Upgrade, error: unknown): Promise<void> {
  if (upgrade.socket.destroyed) return;
  const response = plainResponse(upgrade);
  const isOfNode = hasReason(error, "InternalError");
  await (isOfNode
    ? sendBytes(upgrade.request, response, 500, Buffer.from(error.message), "text/plain; charset=utf-8")
    : sendFailure(upgrade.request, response, error)
  ).catch(() => response.destroy());
}
