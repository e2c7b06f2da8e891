/**
 * The Kubernetes API over HTTP: each request is given to who answers it, and whatever goes wrong becomes a Status. Nothing is
 * decided here, and nothing but this room knows HTTP.
 */
import type { Caller } from "../api/index.ts";
import { ApiError } from "../errors/index.ts";
import { publishedName } from "../resources/index.ts";
import { noSuchPath, type User } from "../store/index.ts";
import { type HttpRequest, type HttpResponse, sendBytes, sendJson } from "./answer.ts";
import {
  aggregatedDiscovery,
  aggregatedType,
  coreVersions,
  groupDocument,
  groupList,
  resourceList,
} from "./discovery.ts";
import { healthText, versionDocument } from "./documents.ts";
import { type OpenApiParts, openApiIndex, openApiText } from "./openapi/index.ts";
import { type ResourceRequestParts, ResourceRequests } from "./resource-requests.ts";
import { type Route, routeOf } from "./route.ts";
import { failureOf } from "./status.ts";

export interface ApiServerParts extends ResourceRequestParts {
  /** Who asks. Throws Unauthorized where that cannot be told. */
  readonly authenticate: (request: HttpRequest) => User | Promise<User>;
}

export class ApiServer {
  readonly #parts: ApiServerParts;
  readonly #resources: ResourceRequests;
  readonly #openApi: OpenApiParts;

  constructor(parts: ApiServerParts) {
    this.#parts = parts;
    this.#resources = new ResourceRequests(parts);
    this.#openApi = { kinds: parts.kinds, describe: () => undefined, publishedName };
  }

  /** Answers a request. Never rejects: what goes wrong is told to the client, where it can be. */
  async handle(request: HttpRequest, response: HttpResponse): Promise<void> {
    try {
      await this.#answer(request, response);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else await sendFailure(request, response, error).catch(() => response.destroy());
    }
  }

  async #answer(request: HttpRequest, response: HttpResponse): Promise<void> {
    const url = request.url ?? "/";
    const [path = "/"] = url.split("?", 1);
    const query = new URLSearchParams(url.slice(path.length + 1));
    const route = routeOf(path);
    const user = await this.#parts.authenticate(request);
    if (route.type === "resource") {
      const caller = callerOf(user, request, response);
      return this.#resources.handle(request, response, caller, route, query);
    }
    if (request.method !== "GET" && request.method !== "HEAD")
      throw new ApiError(
        "MethodNotAllowed",
        "the server does not allow this method on the requested resource",
      );
    if (route.type === "discovery") return this.#discovery(request, response, route);
    return this.#document(request, response, route.path, query);
  }

  async #discovery(
    request: HttpRequest,
    response: HttpResponse,
    { root, group, version }: Route & { readonly type: "discovery" },
  ): Promise<void> {
    const { kinds } = this.#parts;
    const isRoot = version === undefined && (root === "api" || group === undefined);
    if (isRoot && wantsAggregated(request)) {
      response.setHeader("Vary", "Accept");
      const text = JSON.stringify(aggregatedDiscovery(kinds, root));
      return sendJson(request, response, 200, text, aggregatedType);
    }
    const document = documentOf();
    if (!document) throw noSuchPath();
    await sendJson(request, response, 200, JSON.stringify(document));

    function documentOf() {
      if (version !== undefined) return resourceList(kinds, group ?? "", version);
      if (root === "api") return coreVersions(kinds, String(request.headers.host ?? ""));
      return group === undefined ? groupList(kinds) : groupDocument(kinds, group);
    }
  }

  async #document(
    request: HttpRequest,
    response: HttpResponse,
    path: string,
    query: URLSearchParams,
  ): Promise<void> {
    switch (path) {
      case "/version":
        return sendJson(request, response, 200, JSON.stringify(versionDocument()));
      case "/healthz":
      case "/livez":
      case "/readyz": {
        const text = healthText(path, query.has("verbose"));
        return sendBytes(request, response, 200, Buffer.from(text), "text/plain; charset=utf-8");
      }
      case "/openapi/v3":
        return sendJson(request, response, 200, JSON.stringify(openApiIndex(this.#openApi)));
      default: {
        const text = path.startsWith("/openapi/v3/")
          ? openApiText(this.#openApi, path.slice("/openapi/v3/".length))
          : undefined;
        if (text === undefined) throw noSuchPath();
        return sendJson(request, response, 200, text);
      }
    }
  }
}

function wantsAggregated({ headers }: HttpRequest): boolean {
  return /g=apidiscovery\.k8s\.io;v=v2;as=APIGroupDiscoveryList/.test(String(headers.accept ?? ""));
}

/** Who asks, with which program, and where warnings for it go. */
function callerOf(user: User, request: HttpRequest, response: HttpResponse): Caller {
  const [agent = ""] = String(request.headers["user-agent"] ?? "").split("/", 1);
  const warnings: string[] = [];
  return {
    actor: user.name,
    user,
    manager: agent.slice(0, 128) || "unknown",
    warn(text) {
      if (response.headersSent) return;
      warnings.push(`299 - ${JSON.stringify(text)}`);
      response.setHeader("Warning", warnings);
    },
  };
}

async function sendFailure(request: HttpRequest, response: HttpResponse, error: unknown): Promise<void> {
  const status = failureOf(error);
  if (status.details?.retryAfterSeconds !== undefined)
    response.setHeader("Retry-After", status.details.retryAfterSeconds);
  await sendJson(request, response, status.code, JSON.stringify(status));
}
