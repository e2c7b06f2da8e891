/**
 * What the audit log says of a request: events of `audit.k8s.io/v1`, one for each stage that it reaches. Without a policy
 * (access/audit-policy.ts) each is told at level Metadata, without bodies. The lines are written by access/audit-log.ts.
 */
import type { Auditing, AuditPolicy } from "../access/index.ts";
import { type Clock, microTime, type Random, unmapped } from "../outside/index.ts";
import { type Attributes, isMap } from "../resources/index.ts";
import type { User } from "../store/index.ts";
import type { HttpRequest, HttpResponse } from "./answer.ts";
import { askedRight } from "./asked-rights.ts";
import type { Asked } from "./route.ts";
import type { Status } from "./status.ts";

export interface AuditParts {
  readonly clock: Clock;
  readonly write: (event: object) => void;
  /** What is told of which request; the metadata of all where left out. */
  readonly policy?: AuditPolicy | undefined;
}

const metadataOfAll: Auditing = { level: "Metadata", omitsStage: () => false, omitsManagedFields: false };

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

  /** The record of a request that has come, under this id; `response` where there will be one. */
  begin(id: string, request: HttpRequest, response: HttpResponse | undefined, asked: Asked): AuditRecord {
    const record = new AuditRecord(this.#parts, id, request, asked);
    response?.once("close", () => record.complete(response.statusCode));
    return record;
  }
}

/** By what a request is known. A proxy in front may have given it an id, so that both logs can be compared. */
export function auditIdOf({ headers }: HttpRequest, random: Pick<Random, "uuid">): string {
  const given = headers["audit-id"];
  return typeof given === "string" && given !== "" ? given.slice(0, 64) : random.uuid();
}

export class AuditRecord {
  readonly id: string;
  readonly #parts: AuditParts;
  readonly #about: Readonly<Record<string, unknown>>;
  readonly #right: Attributes;
  readonly #receivedAt: string;
  #auditing: Auditing | undefined;
  #object: object | undefined;
  #requestObject: unknown;
  #responseObject: unknown;
  #sender: User | undefined;
  #user: User | undefined;
  #failure: Status | undefined;
  #isComplete = false;
  readonly #annotations: Record<string, string> = {};

  constructor(parts: AuditParts, id: string, request: HttpRequest, asked: Asked) {
    const { headers, url = "/", socket } = request;
    this.#parts = parts;
    this.#right = askedRight(request, asked);
    this.id = id;
    this.#receivedAt = microTime(parts.clock.now());
    this.#object = objectIn(this.#right);
    this.#about = {
      requestURI: url,
      verb: this.#right.verb,
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

  /** What is noted of it: how it was decided, what was found out on the way. */
  annotate(key: string, value: string): void {
    this.#annotations[key] = value;
  }

  /** What the client has sent, as it was read: an object that is written, a patch, options. */
  sent(body: unknown): void {
    if (this.#tells("Request")) this.#requestObject = body;
  }

  /** What it is answered, as it was sent: JSON. */
  answers(text: string): void {
    if (this.#tells("RequestResponse")) this.#responseObject = JSON.parse(text);
  }

  /** The same of an object that is written: it tells more of itself than its path, its name, where it is new. */
  writes(draft: Named): void {
    this.sent(draft);
    const { metadata = {} } = draft;
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
    if (this.#tells("RequestResponse")) this.#responseObject = failure;
  }

  /** The last of it has been sent, or the client has left. */
  complete(code: number): void {
    if (this.#isComplete) return;
    this.#isComplete = true;
    this.#tell("ResponseComplete", statusOf(code, this.#failure));
  }

  /** How it is told: known from when it is known who has sent it, or that nobody can tell. */
  #how(): Auditing {
    const { policy } = this.#parts;
    this.#auditing ??= policy?.auditingOf(this.#sender, this.#right) ?? metadataOfAll;
    return this.#auditing;
  }

  /** Whether it is told as much as this level says, or more. */
  #tells(level: "Request" | "RequestResponse"): boolean {
    const told = this.#how().level;
    return told === level || told === "RequestResponse";
  }

  #tell(stage: string, responseStatus?: object): void {
    const { clock, write } = this.#parts;
    const { level, omitsStage, omitsManagedFields } = this.#how();
    if (level === "None" || omitsStage(stage)) return;
    const [sender, user] = [this.#sender, this.#user];
    const bodies = {
      ...(this.#requestObject !== undefined && { requestObject: this.#requestObject }),
      ...(this.#responseObject !== undefined && { responseObject: this.#responseObject }),
    };
    write({
      kind: "Event",
      apiVersion: "audit.k8s.io/v1",
      level,
      auditID: this.id,
      stage,
      ...this.#about,
      user: sender ? infoOf(sender) : {},
      ...(user && user !== sender && { impersonatedUser: infoOf(user) }),
      ...(this.#object && { objectRef: this.#object }),
      ...(responseStatus && { responseStatus }),
      ...(omitsManagedFields ? withoutManagedFields(bodies) : bodies),
      requestReceivedTimestamp: this.#receivedAt,
      stageTimestamp: microTime(clock.now()),
      ...(Object.keys(this.#annotations).length > 0 && { annotations: { ...this.#annotations } }),
    });
  }
}

/** Of objects, of lists, and of the objects in a table's rows. */
function withoutManagedFields(value: object): object {
  const kept = Object.entries(value).map(([key, inner]): [string, unknown] => {
    if (key === "metadata" && isMap(inner)) {
      const fields = Object.entries(inner).filter(([field]) => field !== "managedFields");
      return [key, Object.fromEntries(fields)];
    }
    if (!holders.has(key)) return [key, inner];
    const strip = (each: unknown) => (isMap(each) ? withoutManagedFields(each) : each);
    return [key, Array.isArray(inner) ? inner.map(strip) : strip(inner)];
  });
  return Object.fromEntries(kept);
}

/** In which fields objects stand. */
const holders: ReadonlySet<string> = new Set(["items", "rows", "object", "requestObject", "responseObject"]);

/** As authentication.k8s.io has it. */
function infoOf({ name, ...more }: User): object {
  return { username: name, ...more };
}

function statusOf(code: number, failure: Status | undefined): object {
  if (!failure) return { metadata: {}, code };
  const { metadata, status, message, reason } = failure;
  return { metadata, status, message, reason, code: failure.code };
}

function objectIn(right: Attributes): object | undefined {
  if (right.path !== undefined) return undefined;
  const { group, version, resource, namespace, name, subresource } = right;
  return {
    resource,
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
  const own = remote === undefined ? undefined : unmapped(remote);
  return own === undefined || before.at(-1) === own ? before : [...before, own];
}
