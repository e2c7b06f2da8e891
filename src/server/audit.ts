/**
 * What the audit log says of a request: events of `audit.k8s.io/v1` at level Metadata, one for each stage that it reaches. Bodies are
 * never told. The lines are written by access/audit-log.ts.
 */
import { type Clock, microTime, type Random } from "../outside/index.ts";
import type { User } from "../store/index.ts";
import type { HttpRequest, HttpResponse } from "./answer.ts";
import { type Asked, asksToWatch, type Route } from "./route.ts";
import type { Status } from "./status.ts";

export interface AuditParts {
  readonly clock: Clock;
  readonly random: Pick<Random, "uuid">;
  readonly write: (event: object) => void;
}

/** The beginnings of its metadata, as far as a body tells it. */
interface Named {
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
  };
}

export class Audit {
  readonly #parts: AuditParts;

  constructor(parts: AuditParts) {
    this.#parts = parts;
  }

  /** The record of a request that has come; `response` where there will be one. */
  begin(request: HttpRequest, response: HttpResponse | undefined, asked: Asked): AuditRecord {
    const record = new AuditRecord(this.#parts, request, asked);
    response?.setHeader("Audit-Id", record.id);
    response?.once("close", () => record.complete(response.statusCode));
    return record;
  }
}

export class AuditRecord {
  readonly id: string;
  readonly #parts: AuditParts;
  readonly #about: object;
  readonly #receivedAt: string;
  #object: object | undefined;
  #sender: User | undefined;
  #user: User | undefined;
  #failure: Status | undefined;
  #isComplete = false;

  constructor(parts: AuditParts, request: HttpRequest, { route, query }: Asked) {
    const { headers, url = "/", socket } = request;
    const given = headers["audit-id"];
    this.#parts = parts;
    // A proxy in front may have given it one, so that both logs can be compared.
    this.id = typeof given === "string" && given !== "" ? given.slice(0, 64) : parts.random.uuid();
    this.#receivedAt = microTime(parts.clock.now());
    this.#object = objectIn(route);
    this.#about = {
      requestURI: url,
      verb: verbOf(request.method ?? "GET", route, asksToWatch(route, query)),
      sourceIPs: sourcesOf(headers["x-forwarded-for"], socket?.remoteAddress),
      ...(headers["user-agent"] && { userAgent: headers["user-agent"] }),
    };
  }

  /** Who has sent it is known. */
  sentBy(sender: User): void {
    this.#sender = sender;
    this.#tell("RequestReceived");
  }

  /** As whom it is answered. */
  actsAs(user: User): void {
    this.#user = user;
  }

  /** What is written tells more of itself than its path: its name, where it is new. */
  names({ metadata = {} }: Named): void {
    if (!this.#object) return;
    const { name, namespace, uid, resourceVersion } = metadata;
    const own = Object.entries({ name, namespace, uid, resourceVersion }).filter(
      ([, value]) => typeof value === "string" && value !== "",
    );
    this.#object = { ...Object.fromEntries(own), ...this.#object };
  }

  /** An answer that goes on has begun. */
  started(code: number): void {
    this.#tell("ResponseStarted", { metadata: {}, code });
  }

  failed(failure: Status): void {
    this.#failure = failure;
  }

  /** The last of it has been sent, or the client has left. */
  complete(code: number): void {
    if (this.#isComplete) return;
    this.#isComplete = true;
    this.#tell("ResponseComplete", statusOf(code, this.#failure));
  }

  #tell(stage: string, responseStatus?: object): void {
    const { clock, write } = this.#parts;
    const [sender, user] = [this.#sender, this.#user];
    write({
      kind: "Event",
      apiVersion: "audit.k8s.io/v1",
      level: "Metadata",
      auditID: this.id,
      stage,
      ...this.#about,
      user: sender ? infoOf(sender) : {},
      ...(user && user !== sender && { impersonatedUser: infoOf(user) }),
      ...(this.#object && { objectRef: this.#object }),
      ...(responseStatus && { responseStatus }),
      requestReceivedTimestamp: this.#receivedAt,
      stageTimestamp: microTime(clock.now()),
    });
  }
}

/** As authentication.k8s.io has it. */
function infoOf({ name, ...more }: User): object {
  return { username: name, ...more };
}

function statusOf(code: number, failure: Status | undefined): object {
  if (!failure) return { metadata: {}, code };
  const { metadata, status, message, reason } = failure;
  return { metadata, status, message, reason, code: failure.code };
}

function verbOf(method: string, route: Route, isWatch: boolean): string {
  if (route.type !== "resource") return method.toLowerCase();
  const isOne = route.name !== "";
  switch (method) {
    case "POST":
      return "create";
    case "PUT":
      return "update";
    case "PATCH":
      return "patch";
    case "DELETE":
      return isOne ? "delete" : "deletecollection";
    default:
      return isWatch ? "watch" : isOne ? "get" : "list";
  }
}

function objectIn(route: Route): object | undefined {
  if (route.type !== "resource") return undefined;
  const { group, version, plural, namespace, name, subresource } = route;
  return {
    resource: plural,
    ...(namespace && { namespace }),
    ...(name && { name }),
    ...(group && { apiGroup: group }),
    apiVersion: version,
    ...(subresource && { subresource }),
  };
}

/** As they stand in the header, then the one who is connected. */
function sourcesOf(forwarded: string | readonly string[] | undefined, remote: string | undefined): string[] {
  const before = String(forwarded ?? "")
    .split(",")
    .map(each => each.trim())
    .filter(Boolean);
  const own = remote?.replace(/^::ffff:/, "");
  return own === undefined || before.at(-1) === own ? before : [...before, own];
}
