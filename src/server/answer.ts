/**
 * Sending an answer: JSON or YAML, compressed where it is large and the client takes it. The two kinds of responses that Node
 * has, for HTTP/1.1 and HTTP/2, are used alike.
 */
import { hash } from "node:crypto";
import type { EventEmitter } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";
import { dump } from "js-yaml";
import type { Clock } from "../outside/index.ts";
import type { Representation } from "./representation.ts";

export type HttpRequest = IncomingMessage | Http2ServerRequest;
export type HttpResponse = ServerResponse | Http2ServerResponse;

const compressed = promisify(gzip);

/** Below it compressing costs more than it saves; Kubernetes has the same limit. */
const gzipFrom = 128 * 1024;

/** Sends a text that is JSON, as it is or as YAML. */
export async function sendJson(
  request: HttpRequest,
  response: HttpResponse,
  code: number,
  text: string,
  mediaType: Representation["mediaType"] | (string & {}) = "application/json",
): Promise<void> {
  const body =
    mediaType === "application/yaml"
      ? dump(JSON.parse(text))
      : isForReading(request)
        ? JSON.stringify(JSON.parse(text), null, 2)
        : text;
  await sendBytes(request, response, code, Buffer.from(body), mediaType);
}

/** Whether a person reads it: by `?pretty=`, or else where it is a browser or a program of the command line that asks, as in Kubernetes. */
function isForReading({ url = "", headers }: HttpRequest): boolean {
  const asked = url.includes("pretty=") ? new URLSearchParams(url.split("?", 2)[1]).get("pretty") : null;
  if (asked) return /^(1|t|true)$/i.test(asked);
  return /^(curl|Wget|Mozilla\/5\.0)/.test(String(headers["user-agent"] ?? ""));
}

/**
 * Sends a document that seldom changes, with a tag by which a client that has it already is told so. What is large is then sent
 * once.
 */
export async function sendTagged(
  request: HttpRequest,
  response: HttpResponse,
  bytes: Buffer,
  mediaType: string,
): Promise<void> {
  const tag = `"${hash("sha256", bytes, "hex").toUpperCase()}"`;
  response.setHeader("ETag", tag);
  response.setHeader("Vary", "Accept");
  if (request.headers["if-none-match"]?.includes(tag)) {
    response.statusCode = 304;
    endWith(response, undefined);
    return;
  }
  await sendBytes(request, response, 200, bytes, mediaType);
}

export async function sendBytes(
  request: HttpRequest,
  response: HttpResponse,
  code: number,
  bytes: Buffer,
  mediaType: string,
): Promise<void> {
  response.setHeader("Cache-Control", "no-cache, private");
  response.setHeader("Content-Type", mediaType);
  response.statusCode = code;
  let sent = bytes;
  if (bytes.length >= gzipFrom && /\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""))) {
    sent = await compressed(bytes, { level: constants.Z_BEST_SPEED });
    response.setHeader("Content-Encoding", "gzip");
    response.appendHeader("Vary", "Accept-Encoding");
  }
  response.setHeader("Content-Length", sent.length);
  endWith(response, request.method === "HEAD" ? undefined : sent);
}

/** Whether the client has left, or has everything: nothing more is told of it. */
export function isOver(response: HttpResponse): boolean {
  return "stream" in response ? response.stream.destroyed : response.destroyed;
}

/** Sends the head of an answer that goes on: a client waits for it before it waits for anything else. */
export function beginStream(response: HttpResponse, mediaType: string): void {
  response.setHeader("Cache-Control", "no-cache, private");
  response.setHeader("Content-Type", mediaType);
  if ("stream" in response) response.writeHead(200);
  else response.writeHead(200).flushHeaders();
}

/** How long a client has to take what was sent, in milliseconds: that of a whole request in kube-apiserver. */
const takeMs = 60_000;

/** Cuts a response off that has been sent, but is not taken in time. */
export function mustBeTaken(response: HttpResponse, clock: Clock): void {
  const timer = clock.after(takeMs, () => response.destroy());
  response.once("close", () => timer.cancel());
}

/**
 * Sends a part of it. Resolves when more may be sent, or nothing more can be. With a clock, a client that takes nothing for too long
 * is cut off.
 */
export async function sendPart(
  response: HttpResponse,
  part: string | Uint8Array,
  clock?: Clock,
): Promise<void> {
  if (isOver(response) || response.writableEnded) return;
  // The two classes declare `write` apart, so that a call of either is none of both.
  const hasRoom = "stream" in response ? response.write(part) : response.write(part);
  if (hasRoom) return;
  const timer = clock?.after(takeMs, () => response.destroy());
  await drained(response);
  timer?.cancel();
}

/** Resolves when more may be sent, or the response is over. It leaves no listener behind: a watch waits like this again and again. */
function drained(response: EventEmitter): Promise<void> {
  return new Promise(resolve => {
    const ready = () => {
      response.off("drain", ready).off("close", ready);
      resolve();
    };
    response.once("drain", ready).once("close", ready);
  });
}

/** The two classes declare `end` apart, too. */
function endWith(response: HttpResponse, bytes: Buffer | undefined): void {
  if ("stream" in response) response.end(bytes ?? "");
  else response.end(bytes ?? "");
}
