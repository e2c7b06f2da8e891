/**
 * The HTTP request of a probe or a hook, as a kubelet makes it: its headers, and redirects, which it follows on the same host, ten at
 * most. A certificate is not looked at.
 */
import type { IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import type { LifecycleHandler } from "../../resources/index.ts";
import { connection, type HandlerResult, type HandlerTarget, portOf } from "./handler-target.ts";

type HttpGet = NonNullable<LifecycleHandler["httpGet"]>;

const mostRedirects = 10;
/** So much of an answer is told. */
const toldLength = 10 * 1024;

/** @param agent as what it asks: `kube-probe`, `kube-lifecycle` */
export async function getOverHttp(
  get: HttpGet,
  agent: string,
  target: HandlerTarget,
  signal: AbortSignal,
): Promise<HandlerResult> {
  let url = new URL(urlOf(get, target));
  const { hostname } = url;
  for (let redirects = 0; ; redirects++) {
    const answer = await ask(url, get, agent, target, signal);
    const { status, location, body } = answer;
    if (status < 200 || status >= 400)
      return { ok: false, problem: `HTTP probe failed with statuscode: ${status}` };
    if (status < 300) return { ok: true };
    const next = location === undefined ? undefined : new URL(location, url);
    if (next?.hostname !== hostname)
      return { ok: true, warning: `Probe terminated redirects, Response body: ${body.slice(0, toldLength)}` };
    if (redirects === mostRedirects)
      return { ok: false, problem: `Get "${next}": stopped after ${mostRedirects} redirects` };
    url = next;
  }
}

/** The address as it is told. Throws an UnknownPortError. */
export function urlOf(
  { host, path = "/", port, scheme = "HTTP" }: HttpGet,
  { podIP, container }: HandlerTarget,
): string {
  const rooted = path.startsWith("/") ? path : `/${path}`;
  return `${scheme.toLowerCase()}://${host ?? podIP}:${portOf(port, container)}${rooted}`;
}

interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  readonly body: string;
}

async function ask(
  { protocol, hostname, port, pathname, search }: URL,
  { host, httpHeaders = [] }: HttpGet,
  agent: string,
  target: HandlerTarget,
  signal: AbortSignal,
): Promise<Answer> {
  const [{ request }, { connect }] = await Promise.all([import("node:http"), import("node:tls")]);
  const isSecure = protocol === "https:";
  const number = Number(port) || (isSecure ? 443 : 80);
  const own = Object.fromEntries(httpHeaders.map(({ name, value }) => [name, value]));
  const headers = { "User-Agent": `${agent}/1.35`, Accept: "*/*", Connection: "close", ...own };
  const plain = await connection({ host, port: number }, target, signal);
  const socket = isSecure ? connect({ socket: plain, rejectUnauthorized: false }) : plain;
  try {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const path = pathname + search;
      const sent = request(
        { hostname, port: number, path, headers, signal, createConnection: () => socket },
        resolve,
      );
      sent.on("error", error => reject(signal.aborted ? signal.reason : error));
      sent.end();
    });
    const { statusCode: status = 0, headers: told } = answer;
    // Only of a redirect the text is told.
    const body = status >= 300 && status < 400 ? await text(answer) : "";
    return { status, location: told.location, body };
  } finally {
    socket.destroy();
  }
}
