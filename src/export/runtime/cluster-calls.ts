/**
 * The calls of a worker function for the cluster's objects, in an exported container: asked of the Kubernetes API as the pod's service
 * account, with the token and the authority that every pod finds in its files.
 */
import { existsSync, readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { createInterface } from "node:readline";
import { loadAll } from "js-yaml";
import { ApiError, messageOf, type Reason, reasons } from "../../errors/index.ts";
import type { WorkerApi } from "../../worker/index.ts";
import { type Data, pathOf, type Resource, resourcesOf } from "./api-resources.ts";

type Calls = Omit<WorkerApi, "send" | "request">;
interface Asked {
  readonly method?: string;
  readonly body?: unknown;
  readonly type?: string;
  readonly signal?: AbortSignal;
}

const usualAccount = "/var/run/secrets/kubernetes.io/serviceaccount";
const patchTypes = {
  merge: "application/merge-patch+json",
  json: "application/json-patch+json",
  strategic: "application/strategic-merge-patch+json",
} as const;

export class ClusterCalls implements Calls {
  readonly #namespace: string;
  readonly #account: string;
  #resources: Promise<readonly Resource[]> | undefined;

  /** @param account the folder with the token of the service account */
  constructor(namespace: string, account = usualAccount) {
    this.#namespace = namespace;
    this.#account = account;
  }

  readonly get: Calls["get"] = async (kind, name, namespace) => {
    try {
      return await this.#json(await this.#path(kind, namespace ?? this.#namespace, name));
    } catch (error) {
      if (error instanceof ApiError && error.reason === "NotFound" && error.details.name === name)
        return undefined;
      throw error;
    }
  };

  readonly list: Calls["list"] = async (kind, { namespace, ...selection } = {}) => {
    const resource = await this.#resourceOf(kind);
    const list = await this.#json(`${pathOf(resource, namespace)}${queryOf(selection)}`);
    return (list.items as Data[]).map(item => ({
      ...item,
      apiVersion: resource.apiVersion,
      kind: resource.kind,
    }));
  };

  readonly create: Calls["create"] = async object =>
    this.#json(await this.#pathFor(object, false), { method: "POST", body: object });

  readonly update: Calls["update"] = async object =>
    this.#json(await this.#pathFor(object, true), { method: "PUT", body: object });

  readonly updateStatus: Calls["updateStatus"] = async object =>
    this.#json(`${await this.#pathFor(object, true)}/status`, { method: "PUT", body: object });

  readonly patch: Calls["patch"] = async (kind, name, patch, { namespace, type = "merge" } = {}) => {
    const contentType = patchTypes[type as keyof typeof patchTypes];
    if (contentType === undefined) throw new ApiError("BadRequest", `there is no patch type ${String(type)}`);
    const path = await this.#path(kind, namespace ?? this.#namespace, name);
    return this.#json(path, { method: "PATCH", body: patch, type: contentType });
  };

  readonly delete: Calls["delete"] = async (kind, name, { namespace, ...options } = {}) => {
    const path = await this.#path(kind, namespace ?? this.#namespace, name);
    const last = await this.#json(path);
    await this.#json(path, {
      method: "DELETE",
      body: { kind: "DeleteOptions", apiVersion: "v1", ...options },
    });
    return last;
  };

  readonly deleteCollection: Calls["deleteCollection"] = async (kind, { namespace, ...options } = {}) => {
    const { labelSelector, fieldSelector } = options as Record<string, string | undefined>;
    const found = await this.list(kind, {
      ...(namespace !== undefined && { namespace }),
      ...(labelSelector !== undefined && { labelSelector }),
      ...(fieldSelector !== undefined && { fieldSelector }),
    });
    for (const { metadata } of found)
      await this.delete(kind, metadata.name, { namespace: metadata.namespace });
    return found;
  };

  readonly apply: Calls["apply"] = async manifest => {
    const objects = typeof manifest === "string" ? documentsIn(manifest) : [manifest].flat();
    const applied: Data[] = [];
    for (const object of objects as Data[]) {
      const path = `${await this.#pathFor(object, true)}?fieldManager=k4s&force=true`;
      applied.push(
        await this.#json(path, { method: "PATCH", body: object, type: "application/apply-patch+yaml" }),
      );
    }
    return applied;
  };

  readonly watch: Calls["watch"] = (kind, options = {}) => this.#watch(kind, options) as never;

  async *#watch(
    kind: string,
    { namespace, signal, ...selection }: NonNullable<Parameters<Calls["watch"]>[1]>,
  ): AsyncGenerator<Data> {
    const resource = await this.#resourceOf(kind);
    const query = { ...selection, watch: "true", sendInitialEvents: "true", allowWatchBookmarks: "true" };
    const from = `${pathOf(resource, namespace)}${queryOf({ ...query, resourceVersionMatch: "NotOlderThan" })}`;
    const answer = await this.#send(from, signal ? { signal } : {});
    try {
      for await (const line of createInterface({ input: answer })) {
        const event = JSON.parse(line) as Data;
        if (event.type === "ERROR") throw refusal(event.object.code ?? 500, JSON.stringify(event.object));
        yield event;
      }
    } catch (error) {
      if (!signal?.aborted) throw error;
    } finally {
      answer.destroy();
    }
  }

  async #path(kind: string, namespace: string | undefined, name: string): Promise<string> {
    return pathOf(await this.#resourceOf(kind), namespace, name);
  }

  async #pathFor({ apiVersion, kind, metadata = {} }: Data, isOne: boolean): Promise<string> {
    const resource = await this.#resourceOf(kind, apiVersion);
    return pathOf(resource, metadata.namespace ?? this.#namespace, isOne ? metadata.name : undefined);
  }

  async #resourceOf(kind: string, apiVersion?: string): Promise<Resource> {
    if (typeof kind !== "string") throw new ApiError("BadRequest", "an object has to say its kind");
    const find = async () => {
      this.#resources ??= this.#found();
      const isMeant = (each: Resource) =>
        each.names.includes(kind.toLowerCase()) &&
        (apiVersion === undefined || each.apiVersion === apiVersion);
      return (await this.#resources).find(isMeant);
    };
    const found = await find();
    if (found) return found;
    // A definition may have brought it since.
    this.#resources = undefined;
    const now = await find();
    if (now) return now;
    throw new ApiError("NotFound", `the server doesn't have a resource type ${JSON.stringify(kind)}`);
  }

  #found(): Promise<readonly Resource[]> {
    const found = resourcesOf(path => this.#json(path));
    // One that failed is not kept.
    found.catch(() => (this.#resources = undefined));
    return found;
  }

  async #json(path: string, asked: Asked = {}): Promise<Data> {
    const pieces: Buffer[] = [];
    for await (const piece of await this.#send(path, asked)) pieces.push(piece as Buffer);
    return JSON.parse(Buffer.concat(pieces).toString()) as Data;
  }

  /** Resolves when the answer begins; rejects with an ApiError where it is a refusal. */
  async #send(path: string, { method = "GET", body, type = "application/json", signal }: Asked) {
    const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = "443" } = process.env;
    if (host === undefined || !existsSync(`${this.#account}/token`))
      throw new ApiError(
        "Unauthorized",
        "this container has no service account's token: it is not in a cluster, or automountServiceAccountToken is off",
      );
    const text = body === undefined ? undefined : jsonOf(body);
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent = request(
        {
          host,
          port,
          path,
          method,
          ...(signal && { signal }),
          ca: readFileSync(`${this.#account}/ca.crt`),
          headers: {
            // It is renewed while the container runs.
            Authorization: `Bearer ${readFileSync(`${this.#account}/token`, "utf8").trim()}`,
            Accept: "application/json",
            "User-Agent": "k4s-exported",
            ...(text !== undefined && { "Content-Type": type, "Content-Length": Buffer.byteLength(text) }),
          },
        },
        resolve,
      );
      sent.once("error", cause =>
        reject(
          new ApiError(
            "ServiceUnavailable",
            `the Kubernetes API cannot be reached: ${cause.message}`,
            {},
            { cause },
          ),
        ),
      );
      sent.end(text);
    });
    if ((answer.statusCode ?? 500) < 400) return answer;
    const pieces: Buffer[] = [];
    for await (const piece of answer) pieces.push(piece as Buffer);
    throw refusal(answer.statusCode ?? 500, Buffer.concat(pieces).toString());
  }
}

/** With three of them on each line, as many say some fifty thousand times what the first line says. */
const maxAliases = 30;

function documentsIn(manifest: string): unknown[] {
  try {
    return loadAll(manifest, { maxAliases }).filter(Boolean);
  } catch (cause) {
    throw new ApiError("BadRequest", `the manifest cannot be read: ${messageOf(cause)}`, {}, { cause });
  }
}

/** What holds itself is no JSON. */
function jsonOf(body: unknown): string {
  try {
    return JSON.stringify(body);
  } catch (cause) {
    throw new ApiError("BadRequest", `it cannot be sent as JSON: ${messageOf(cause)}`, {}, { cause });
  }
}

function queryOf(values: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
}

function refusal(code: number, text: string): ApiError {
  try {
    const { reason, message, details } = JSON.parse(text) as Data;
    const known = Object.hasOwn(reasons, String(reason)) ? (reason as Reason) : "InternalError";
    return new ApiError(known, String(message), details ?? {});
  } catch {
    return new ApiError("InternalError", `the Kubernetes API answered with ${code}: ${text.trim()}`);
  }
}
