/**
 * Requests for what is no resource: discovery, OpenAPI, health, version, metrics, and the documents that verify tokens. Whether
 * the user may ask for it has been decided before (api-server.ts).
 */
import type { MetricFamily } from "../loop/index.ts";
import type { Metrics } from "../observe/index.ts";
import { type ImageAsked, imageAskedBy, type KindRegistry, publishedName } from "../resources/index.ts";
import { type HttpRequest, type HttpResponse, sendBytes, sendJson, sendTagged } from "./answer.ts";
import {
  aggregatedDiscovery,
  aggregatedType,
  coreVersions,
  discoveryPaths,
  groupDocument,
  groupList,
  resourceList,
} from "./discovery.ts";
import { health, rootDocument, versionDocument } from "./documents.ts";
import { metricGroups, type ReportedMetrics } from "./metric-requests.ts";
import type { RequestMetrics } from "./metrics.ts";
import { notServedIn, PageNotFound } from "./not-served.ts";
import { describe, OpenApiDocuments, openApiV2Type } from "./openapi/index.ts";
import type { Route } from "./route.ts";
import { methodNotAllowed } from "./status.ts";

export interface DocumentRequestParts {
  readonly kinds: KindRegistry;
  /** The documents by which others verify the tokens of service accounts. */
  readonly issuerDocuments: IssuerDocuments;
  /** What the control plane has done so far, for `/metrics`. */
  readonly metrics: () => Metrics;
  /** What it has measured, likewise. */
  readonly families: () => readonly MetricFamily[];
  /** What the server has answered so far, likewise. */
  readonly requestMetrics: RequestMetrics;
  /** What worker functions report. */
  readonly reported: ReportedMetrics;
  readonly pages?: Pages;
  /** What the images of its folders consist of, for nodes of other processes. */
  readonly images?: GivenImages;
  /** Whether what is kept elsewhere cannot be reached. */
  readonly isStoreBroken?: () => boolean;
}

interface GivenImages {
  image(image: string): Promise<object>;
  /** By its SHA-256. */
  file(image: string, sha256: string): Promise<Buffer>;
}

/** What a cluster answers besides the Kubernetes API, by its path, as text. */
export interface Pages {
  /** What can be read. */
  readonly read: ReadonlyMap<string, Page>;
  /** What can be done, by a POST. All that it takes is in the query. */
  readonly act: ReadonlyMap<string, Page>;
}

/** Throws an ApiError for a question that has no answer. */
type Page = (query: URLSearchParams) => string | Promise<string>;

interface IssuerDocuments {
  readonly configuration: () => object;
  readonly keySet: () => Promise<object>;
}

type DiscoveryRoute = Route & { readonly type: "discovery" };

export class DocumentRequests {
  readonly #parts: DocumentRequestParts;
  readonly #openApi: OpenApiDocuments;

  constructor(parts: DocumentRequestParts) {
    this.#parts = parts;
    this.#openApi = new OpenApiDocuments({ kinds: parts.kinds, describe, publishedName });
  }

  /**
   * Answers a GET or HEAD, and a POST where something is to be done. Rejects with NotFound where there is no such document, with
   * MethodNotAllowed for every other method.
   */
  async handle(
    request: HttpRequest,
    response: HttpResponse,
    route: Exclude<Route, { readonly type: "resource" }>,
    query: URLSearchParams,
  ): Promise<void> {
    if (request.method !== "GET" && request.method !== "HEAD") {
      const act = route.type === "document" && this.#parts.pages?.act.get(route.path);
      if (!act || request.method !== "POST") throw methodNotAllowed();
      return sendText(request, response, await act(query));
    }
    return route.type === "discovery"
      ? this.#discovery(request, response, route)
      : this.#document(request, response, route.path, query);
  }

  async #discovery(
    request: HttpRequest,
    response: HttpResponse,
    { root, group, version }: DiscoveryRoute,
  ): Promise<void> {
    const { kinds, reported } = this.#parts;
    const served = { kinds, others: metricGroups(reported.names) };
    const isRoot = version === undefined && (root === "api" || group === undefined);
    if (isRoot && wantsAggregated(request)) {
      const text = JSON.stringify(aggregatedDiscovery(served, root));
      return sendTagged(request, response, Buffer.from(text), aggregatedType);
    }
    const document = documentOf();
    if (!document) throw notServedIn(kinds, group ?? "");
    await sendJson(request, response, 200, JSON.stringify(document));

    function documentOf() {
      if (version !== undefined) return resourceList(served, group ?? "", version);
      if (root === "api") return coreVersions(served, String(request.headers.host ?? ""));
      return group === undefined ? groupList(served) : groupDocument(served, group);
    }
  }

  async #openApiV2(request: HttpRequest, response: HttpResponse): Promise<void> {
    const isProtobuf = /proto-openapi|protobuf/.test(String(request.headers.accept ?? ""));
    const bytes = this.#openApi.whole(isProtobuf ? "protobuf" : "json");
    await sendTagged(request, response, bytes, isProtobuf ? openApiV2Type : json);
  }

  async #document(
    request: HttpRequest,
    response: HttpResponse,
    path: string,
    query: URLSearchParams,
  ): Promise<void> {
    if (/^\/(healthz|livez|readyz)(\/|$)/.test(path)) {
      const failing = this.#parts.isStoreBroken?.() ? ["etcd"] : [];
      const answer = health(path, query.has("verbose"), query.getAll("exclude"), failing);
      if (answer === undefined) throw new PageNotFound();
      const status = answer.isWell ? 200 : 500;
      return sendBytes(request, response, status, Buffer.from(answer.text), "text/plain; charset=utf-8");
    }
    switch (path) {
      case "/": {
        const { kinds, reported } = this.#parts;
        const served = { kinds, others: metricGroups(reported.names) };
        const text = JSON.stringify(rootDocument(discoveryPaths(served)), null, 2);
        return sendJson(request, response, 200, text);
      }
      case "/version":
        return sendJson(request, response, 200, JSON.stringify(versionDocument(), null, 2));
      case "/metrics": {
        const { requestMetrics, metrics, families, reported } = this.#parts;
        const { text, mediaType } = await requestMetrics.text(metrics(), families(), await reported.all());
        return sendBytes(request, response, 200, Buffer.from(text), mediaType);
      }
      case "/.well-known/openid-configuration":
      case "/openid/v1/jwks": {
        const { configuration, keySet } = this.#parts.issuerDocuments;
        const isKeys = path === "/openid/v1/jwks";
        const text = JSON.stringify(isKeys ? await keySet() : configuration());
        return sendJson(request, response, 200, text, isKeys ? "application/jwk-set+json" : json);
      }
      case "/openapi/v2":
        return this.#openApiV2(request, response);
      case "/openapi/v3":
        return sendTagged(request, response, Buffer.from(JSON.stringify(this.#openApi.index())), json);
      default: {
        const asked = imageAskedBy(request.url?.split("?", 1)[0] ?? "");
        const { images } = this.#parts;
        if (asked && images) return answerImage(request, response, asked, images);
        const page = this.#parts.pages?.read.get(path);
        if (page) return sendText(request, response, await page(query));
        const text = path.startsWith("/openapi/v3/")
          ? this.#openApi.group(path.slice("/openapi/v3/".length))
          : undefined;
        if (text === undefined) throw new PageNotFound();
        return sendTagged(request, response, Buffer.from(text), json);
      }
    }
  }
}

const json = "application/json";

async function answerImage(
  request: HttpRequest,
  response: HttpResponse,
  { image, file }: ImageAsked,
  images: GivenImages,
): Promise<void> {
  if (file === undefined) return sendJson(request, response, 200, JSON.stringify(await images.image(image)));
  await sendBytes(request, response, 200, await images.file(image, file), "application/octet-stream");
}

function sendText(request: HttpRequest, response: HttpResponse, text: string): Promise<void> {
  return sendBytes(request, response, 200, Buffer.from(text), "text/plain; charset=utf-8");
}

function wantsAggregated({ headers }: HttpRequest): boolean {
  return /g=apidiscovery\.k8s\.io;v=v2;as=APIGroupDiscoveryList/.test(String(headers.accept ?? ""));
}
