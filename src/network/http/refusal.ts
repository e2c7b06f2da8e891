/** Requests that a proxy answers itself, because no rule or no endpoint is there for them: with a status and a line of text. */
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { ProxiedResponse } from "./proxied.ts";

export interface Refusal {
  readonly kind: "refuse";
  readonly status: number;
  readonly why: string;
}

export function refusal(status: number, why: string): Refusal {
  return { kind: "refuse", status, why };
}

/** Ends the request with a line of text; where an answer has begun already, by ending the connection. */
export function refuse(response: ProxiedResponse, status: number, why: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const text = textOf(status, why);
  const headers = Object.entries(plainText).flat();
  response.writeHead(status, STATUS_CODES[status], [
    ...headers,
    "Content-Length",
    String(Buffer.byteLength(text)),
  ]);
  response.end(text);
}

export function refuseUpgrade(client: Duplex, status: number, why: string): void {
  const text = textOf(status, why);
  const headers = { ...plainText, "Content-Length": Buffer.byteLength(text), Connection: "close" };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  client.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("")}\r\n${text}`);
}

const plainText = { "Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff" };

function textOf(status: number, why: string): string {
  return `${status} ${STATUS_CODES[status]}: ${why}\n`;
}
