/**
 * Proxies: a request to `…/pods/P:PORT/proxy/…` or `…/services/[https:]S[:PORT]/proxy/…` is sent on to a port of a pod, and its
 * answer comes back. An upgrade (a WebSocket, for instance) becomes a tunnel. A node, `…/nodes/N/proxy/…`, answers itself.
 */
import { type IncomingHttpHeaders, type IncomingMessage, request as send } from "node:http";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { connect as secured } from "node:tls";
import { ApiError } from "../../errors/index.ts";
import type { Upgrade } from "../../kubelet/index.ts";
import type { NodeAnswers, Proxied } from "../../node/index.ts";
import { joinStreams } from "../../outside/index.ts";
import type { SubresourceVerb } from "../../resources/index.ts";
import { type HttpRequest, type HttpResponse, sendBytes } from "../answer.ts";
import type { ConnectCall, ConnectHandler, ConnectParts } from "./connect-handler.ts";

/** Whether the connection to it is encrypted. */
type Reachable = Proxied & { readonly isSecured: boolean };

export function proxyHandler({ api }: ConnectParts): ConnectHandler {
  return {
    answer: (call, request, response) => answerThrough(api, call, request, response),
    upgrade: (call, upgrade) => upgradeThrough(api, call, upgrade),
  };
}

async function answerThrough(
  api: ConnectParts["api"],
  call: ConnectCall,
  request: HttpRequest,
  response: HttpResponse,
): Promise<void> {
  const { path, base } = pathsIn(request.url ?? "/");
  if (path === "" && (request.method === "GET" || request.method === "HEAD")) {
    // What it links to is beside it, which is only so behind a slash.
    const [before = "", query] = (request.url ?? "").split("?", 2);
    response.statusCode = 301;
    response.setHeader("Location", `${before}/${query === undefined ? "" : `?${query}`}`);
    response.end();
    return;
  }
  const proxied = await upstreamOf(api, call, path, request.method);
  if ("answer" in proxied) return answerFor(proxied, path, request, response);
  const { authority } = proxied;
  const socket = await dialled(proxied);
  // Whatever becomes of it, and whoever leaves first: the connection to the pod ends with the request.
  try {
    const answer = await exchanged(response, {
      method: request.method,
      path: path || "/",
      createConnection: () => socket,
      headers: { ...passedOn(request.headers), ...forwarded(request), host: authority, connection: "close" },
      body: request,
    });
    response.statusCode = answer.statusCode ?? 502;
    for (const [name, value] of Object.entries(passedOn(answer.headers))) {
      if (value === undefined) continue;
      response.setHeader(name, name === "location" ? relocated(String(value), base, authority) : value);
    }
    await pipeline(answer, response as NodeJS.WritableStream).catch(() => {
      // One of the two has left in the middle: the other one sees it by its connection.
    });
  } finally {
    socket.destroy();
  }
}

/** Both sides talk on as they like. */
async function upgradeThrough(
  api: ConnectParts["api"],
  call: ConnectCall,
  { request, socket: client, head }: Upgrade,
): Promise<void> {
  const { path } = pathsIn(request.url ?? "/");
  const proxied = await upstreamOf(api, call, path, request.method);
  if ("answer" in proxied) throw new ApiError("BadRequest", "a node upgrades no connection");
  const { authority } = proxied;
  const socket = await dialled(proxied);
  const lines = [`${request.method} ${path || "/"} HTTP/1.1`, `Host: ${authority}`];
  for (let i = 0; i < request.rawHeaders.length; i += 2) {
    const [name = "", value = ""] = request.rawHeaders.slice(i, i + 2);
    if (!ownHeaders.has(name.toLowerCase())) lines.push(`${name}: ${value}`);
  }
  socket.write(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  if (head.length > 0) client.unshift(head);
  try {
    await joinStreams(client, socket);
  } catch {
    // One of the two has left: the other one sees it by its connection.
  } finally {
    client.destroy();
    socket.destroy();
  }
}

/** Where what is meant can be reached. */
async function upstreamOf(
  api: ConnectParts["api"],
  { caller, target }: ConnectCall,
  path: string,
  method = "GET",
) {
  const { scheme, name, port } = partsOf(target.name);
  const at = { ...target, name, askedAs: target.name, subresource: "proxy" as const };
  const options = { port, path: path.slice(1).split("?", 1)[0] };
  const proxied = await api.connect(caller, at, options, verbs.get(method) ?? "get");
  // A node is always asked over an encrypted connection: there is nothing to choose.
  return "answer" in proxied ? proxied : { ...proxied, isSecured: scheme === "https" };
}

/** What a node says itself. */
async function answerFor(
  { answer }: NodeAnswers,
  path: string,
  request: HttpRequest,
  response: HttpResponse,
): Promise<void> {
  const isRead = request.method === "GET" || request.method === "HEAD";
  const plain = "text/plain; charset=utf-8";
  if (!isRead) return sendBytes(request, response, 405, Buffer.from("405: Method Not Allowed"), plain);
  const found = await answer(path);
  if (!found) return sendBytes(request, response, 404, Buffer.from("404 page not found\n"), plain);
  await sendBytes(request, response, 200, Buffer.from(found.text), found.mediaType);
}

const verbs: ReadonlyMap<string, SubresourceVerb> = new Map([
  ["POST", "create"],
  ["PUT", "update"],
  ["PATCH", "patch"],
  ["DELETE", "delete"],
]);

/** Connections are refused as ServiceUnavailable, in Kubernetes' words. */
async function dialled({ authority, dial, isSecured }: Reachable): Promise<Duplex> {
  try {
    const socket = await dial();
    // As Kubernetes, which has no authority to ask about the certificates of pods.
    return isSecured ? secured({ socket, rejectUnauthorized: false }) : socket;
  } catch (cause) {
    if (cause instanceof ApiError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === "ECONNREFUSED" ? "connect: connection refused" : String(cause);
    throw unreachable(`dial tcp ${authority}: ${why}`, cause);
  }
}

function unreachable(why: string, cause?: unknown): ApiError {
  return new ApiError("ServiceUnavailable", `error trying to reach service: ${why}`, {}, { cause });
}

interface Sent {
  readonly method: string | undefined;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly createConnection: () => Duplex;
  readonly body: HttpRequest;
}

/** Rejects where the pod gives no answer, or one to what was not asked, and where the client leaves before. */
function exchanged(client: HttpResponse, { body, ...options }: Sent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = send(options);
    outgoing.once("response", resolve);
    outgoing.once("error", cause => reject(unreachable(cause.message, cause)));
    outgoing.once("upgrade", () => reject(unreachable("it switched to a protocol that was not asked for")));
    client.once("close", () => outgoing.destroy());
    body.pipe(outgoing);
  });
}

/** `[scheme:]name[:port]`. Throws BadRequest for anything else. */
function partsOf(id: string): { readonly scheme: string; readonly name: string; readonly port: string } {
  const [first = "", second, third, ...more] = id.split(":");
  const isScheme = first === "http" || first === "https";
  if (third !== undefined && isScheme && more.length === 0)
    return { scheme: first, name: second ?? "", port: third };
  if (third === undefined && first !== "") return { scheme: "", name: first, port: second ?? "" };
  throw new ApiError("BadRequest", `invalid service request ${JSON.stringify(id)}`);
}

/** What comes behind `/proxy`, as it was written, with its query; and all in front of it. */
function pathsIn(url: string): { readonly path: string; readonly base: string } {
  const [, base = "", path = ""] =
    /^(\/api\/[^/]+(?:\/namespaces\/[^/]+)?\/[^/]+\/[^/]+\/proxy)([/?].*)?$/.exec(url) ?? [];
  return { base, path: path.startsWith("?") ? "" : path };
}

/** A redirection within what is proxied goes through the proxy. */
function relocated(location: string, base: string, authority: string): string {
  if (!URL.canParse(location, `http://${authority}/`)) return location;
  const { host, pathname, search, hash } = new URL(location, `http://${authority}/`);
  const isInside = location.startsWith("/") || host === authority;
  return isInside ? `${base}${pathname}${search}${hash}` : location;
}

/** Of one connection only, and who asks: the pod is not told with which right its client came. */
const ownHeaders: ReadonlySet<string> = new Set(["host", "authorization"]);
const hopHeaders: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
  "proxy-connection",
]);

function passedOn(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const kept = Object.entries(headers).filter(
    ([name]) => !name.startsWith(":") && !hopHeaders.has(name) && !ownHeaders.has(name),
  );
  return Object.fromEntries(kept);
}

function forwarded({ headers, socket }: HttpRequest): IncomingHttpHeaders {
  const address = socket.remoteAddress ?? "";
  const before = headers["x-forwarded-for"];
  return { "x-forwarded-for": before ? `${before}, ${address}` : address };
}
