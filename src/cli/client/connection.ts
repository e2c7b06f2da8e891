/** The connection of a verb to the API server that its options mean (kubeconfig.ts). Warnings of the server go to stderr. */
import type { IncomingMessage } from "node:http";
import { type Asked as AskedOfServer, ServerConnection } from "../../client/index.ts";
import { type WhereOptions, whereIs } from "./kubeconfig.ts";

export interface Asked extends AskedOfServer {
  /** Whether warnings of the server are left out: who asks for all kinds did not choose one that is outdated. */
  readonly isQuiet?: boolean;
}

export class Connection extends ServerConnection {
  readonly namespace: string;

  constructor(options: WhereOptions) {
    const where = whereIs(options);
    super(where);
    this.namespace = where.namespace;
  }

  override json<T>(path: string, asked: Asked = {}): Promise<T> {
    return super.json(path, asked);
  }

  override text(path: string, asked: Asked = {}): Promise<string> {
    return super.text(path, asked);
  }

  override async stream(path: string, asked: Asked = {}): Promise<IncomingMessage> {
    const answer = await super.stream(path, asked);
    for (const warning of asked.isQuiet ? [] : warningsIn(answer.headers.warning))
      process.stderr.write(`Warning: ${warning}\n`);
    return answer;
  }
}

/** Node makes one text of all warnings of an answer: `299 - "…", 299 - "…"`. */
function warningsIn(header = ""): string[] {
  const found = [...header.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)];
  return found.map(([, text = ""]) => text.replaceAll(/\\(.)/g, "$1"));
}
