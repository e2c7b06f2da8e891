/** An HTTP request as wget and curl make it: over a connection of its own, with redirections, headers and a limit of time. */
import type { IncomingMessage } from "node:http";
import { connect, connectToPath } from "./connect.ts";

export interface Asked {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** The Unix socket that it goes to, whatever the URL's host; redirections too. */
  readonly socketPath?: string | undefined;
}

/** Sends a request over a connection of its own. */
export async function request(
  { url, method, headers, body, socketPath }: Asked,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const isEncrypted = url.protocol === "https:";
  const port = Number(url.port || (isEncrypted ? 443 : 80));
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const plain = await (socketPath === undefined
    ? connect(host, port, signal)
    : connectToPath(socketPath, signal));
  const [http, tls] = await Promise.all([import("node:http"), isEncrypted ? import("node:tls") : undefined]);
  const options = {
    socket: plain,
    servername: /^[\d.:]+$/.test(host) ? "" : host,
    rejectUnauthorized: false,
  };
  const socket = tls ? tls.connect(options) : plain;
  return new Promise((resolve, reject) => {
    const sent = http.request(
      {
        createConnection: () => socket,
        host,
        port,
        path: `${url.pathname}${url.search}`,
        method,
        headers: { Host: url.host, ...headers, Connection: "close" },
        signal,
      },
      resolve,
    );
    sent.once("error", reject);
    sent.end(body);
  });
}

export function urlOf(text: string): URL {
  return new URL(/^[a-z]+:\/\//i.test(text) ? text : `http://${text}`);
}

export function headersIn(lines: readonly string[]): Record<string, string> {
  const pairs = lines.map(line => /^([^:]+):\s*(.*)$/s.exec(line) ?? []);
  return Object.fromEntries(
    pairs.flatMap(([, name, value]) => (name === undefined ? [] : [[name, value ?? ""]])),
  );
}

/** The values of an option that may be repeated, as `optionsIn` keeps only the last. */
export function valuesOf(args: readonly string[], ...names: readonly string[]): string[] {
  return args.flatMap((arg, i) => {
    if (names.includes(arg)) return args.slice(i + 1, i + 2);
    const long = names.find(name => name.startsWith("--") && arg.startsWith(`${name}=`));
    return long ? [arg.slice(long.length + 1)] : [];
  });
}

export function withTimeout(signal: AbortSignal, seconds: string | undefined): AbortSignal {
  const ms = Number(seconds) * 1_000;
  return ms > 0 ? AbortSignal.any([signal, AbortSignal.timeout(ms)]) : signal;
}

export const isTimeout = (error: unknown) => (error as Error).name === "TimeoutError";

/** With up to ten redirections. */
export async function followed(asked: Asked, signal: AbortSignal): Promise<IncomingMessage> {
  let next = asked;
  for (let left = 10; ; left--) {
    const answer = await request(next, signal);
    const { statusCode = 0, headers } = answer;
    if (![301, 302, 303, 307, 308].includes(statusCode) || headers.location === undefined || left === 0)
      return answer;
    answer.resume();
    const isGet = statusCode < 304 && next.method !== "HEAD";
    next = {
      ...next,
      url: new URL(headers.location, next.url),
      ...(isGet && { method: "GET", body: undefined }),
    };
  }
}

export function headerLines({ rawHeaders }: IncomingMessage, indent = "", end = "\n"): string {
  let lines = "";
  for (let i = 0; i < rawHeaders.length; i += 2)
    lines += `${indent}${rawHeaders[i]}: ${rawHeaders[i + 1]}${end}`;
  return lines;
}
