/**
 * One call of a webhook: an AdmissionReview sent over HTTPS, to a URL or to a pod behind a Service, and what comes back. Loaded
 * when the first webhook is called. The texts of what fails are those of Go's HTTP client, which users of Kubernetes know.
 */
import type { IncomingMessage } from "node:http";
import { request as send } from "node:https";
import type { Duplex } from "node:stream";
import { connect } from "node:tls";
import { onAbort } from "../outside/index.ts";
import type { WebhookClientConfig } from "../resources/index.ts";
import type { StoreReader } from "./plugin.ts";
import { responseOf, WebhookFault, type WebhookResponse } from "./webhook-response.ts";

/** An answer larger than this is none. */
const mostBytes = 3 * 1024 * 1024;

/**
 * Resolves to the answer. Rejects with WebhookFault where none comes in time, or what came is none.
 * @param review the whole AdmissionReview
 */
export async function callWebhook(
  config: WebhookClientConfig,
  timeoutSeconds: number,
  review: { readonly request: { readonly uid: string } },
  reader: StoreReader,
): Promise<WebhookResponse> {
  const target = targetOf(config, timeoutSeconds);
  const late = new AbortController();
  const timer = reader.outside?.after(timeoutSeconds * 1000, () => late.abort());
  try {
    const socket = config.service && (await inTime(dialled(config.service, reader), late.signal));
    const ca = config.caBundle ? Buffer.from(config.caBundle, "base64").toString() : undefined;
    const answer = await exchanged(target, JSON.stringify(review), { ca, socket, signal: late.signal });
    return responseOf(answer, review.request.uid);
  } catch (error) {
    if (error instanceof WebhookFault) throw error;
    const why = late.signal.aborted ? "context deadline exceeded" : inGo(error, target);
    const text = `failed to call webhook: Post ${JSON.stringify(target.url)}: ${why}`;
    throw new WebhookFault(text, { cause: error });
  } finally {
    timer?.cancel();
  }
}

interface Target {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

function targetOf({ url = "", service }: WebhookClientConfig, timeoutSeconds: number): Target {
  const query = `timeout=${timeoutSeconds}s`;
  if (service) {
    const { name, namespace, path: own = "/", port = 443 } = service;
    const host = `${name}.${namespace}.svc`;
    const path = `${own}?${query}`;
    return { url: `https://${host}:${port}${path}`, host, port, path };
  }
  const { hostname, port, pathname, origin } = new URL(url);
  const path = `${pathname}?${query}`;
  return { url: origin + path, host: hostname.replace(/^\[(.*)\]$/, "$1"), port: Number(port || 443), path };
}

/** A connection to a pod behind the Service. */
async function dialled(
  { name, namespace, port = 443 }: NonNullable<WebhookClientConfig["service"]>,
  reader: StoreReader,
): Promise<Duplex> {
  const service = reader.get("Service", namespace, name);
  if (!service) throw new WebhookFault(`failed to call webhook: service ${JSON.stringify(name)} not found`);
  if (!reader.outside) throw new WebhookFault("failed to call webhook: no Service can be reached from here");
  return reader.outside.dial(service, String(port));
}

/** The connection; one that comes too late is closed. */
function inTime(dialling: Promise<Duplex>, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    onAbort(signal, () => reject(signal.reason));
    dialling.then(socket => {
      if (signal.aborted) socket.destroy();
      resolve(socket);
    }, reject);
  });
}

interface Exchange {
  readonly ca: string | undefined;
  readonly socket: Duplex | undefined;
  readonly signal: AbortSignal;
}

/** Sends the text and resolves to that of the answer. */
function exchanged(
  { host, port, path }: Target,
  body: string,
  { ca, socket, signal }: Exchange,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = {
      "content-type": "application/json",
      accept: "application/json",
      "content-length": Buffer.byteLength(body),
    };
    const request = send({
      method: "POST",
      host,
      port,
      path,
      headers,
      signal,
      ...(ca && { ca }),
      // An agent would not ask for this connection, but make its own.
      ...(socket
        ? { createConnection: () => connect({ socket, servername: host, ...(ca && { ca }) }) }
        : { agent: false }),
    });
    request.once("error", reject);
    request.once("response", response => void textOf(response).then(resolve, reject));
    request.end(body);
  });
}

async function textOf(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response) {
    parts.push(part as Buffer);
    size += (part as Buffer).length;
    if (size > mostBytes) throw new Error("the answer is too large");
  }
  const text = Buffer.concat(parts).toString();
  const { statusCode = 0 } = response;
  if (statusCode >= 200 && statusCode < 300) return text;
  throw new WebhookFault(`failed to call webhook: ${refusal(statusCode, text)}`);
}

/** How client-go tells of an answer that is no success. */
function refusal(code: number, text: string): string {
  if (code === 404) return "the server could not find the requested resource";
  if (code >= 500)
    return `an error on the server (${JSON.stringify(text)}) has prevented the request from succeeding`;
  return `the server rejected our request for an unknown reason (${code})`;
}

/** What went wrong with a connection, as Go says it. */
function inGo(error: unknown, { host, port }: Target): string {
  const { code = "", message } = error as NodeJS.ErrnoException;
  switch (code) {
    case "ECONNREFUSED":
      return `dial tcp ${host}:${port}: connect: connection refused`;
    case "ENOTFOUND":
      return `dial tcp: lookup ${host}: no such host`;
    case "ECONNRESET":
      return "EOF";
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
      return "tls: failed to verify certificate: x509: certificate signed by unknown authority";
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return `tls: failed to verify certificate: x509: certificate is not valid for ${host}`;
    default:
      return message;
  }
}
