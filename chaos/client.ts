/** A client of one API server, over HTTPS, which tells an answer from none: whoever gets none does not know what became of it. */
import { Agent, request } from "node:https";

export interface Access {
  readonly url: string;
  readonly ca: string;
  readonly token: string;
}

export interface Answer {
  readonly code: number;
  readonly body: unknown;
}

/** Longer than the server itself waits for its store. */
const patienceMs = 30_000;

export class Client {
  readonly access: Access;
  readonly #agent: Agent;

  constructor(access: Access) {
    this.access = access;
    this.#agent = new Agent({ keepAlive: true, ca: access.ca });
  }

  /** Rejects where no whole answer comes, or what is no JSON. */
  async ask(method: string, path: string, body?: object): Promise<Answer> {
    const { code, text } = await this.#asked(method, path, body);
    return { code, body: JSON.parse(text) };
  }

  /** What is no JSON. */
  async text(path: string): Promise<string> {
    return (await this.#asked("GET", path)).text;
  }

  #asked(
    method: string,
    path: string,
    body?: object,
  ): Promise<{ readonly code: number; readonly text: string }> {
    const { access } = this;
    const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const headers = { authorization: `Bearer ${access.token}`, "content-type": type };
    const options = { method, agent: this.#agent, headers, timeout: patienceMs };
    return new Promise((resolve, reject) => {
      const asking = request(new URL(path, access.url), options, answer => {
        let text = "";
        answer.setEncoding("utf8").on("data", piece => {
          text += piece;
        });
        answer.on("end", () => resolve({ code: answer.statusCode ?? 0, text }));
        answer.on("error", reject).on("aborted", () => reject(new Error("the connection ended")));
      });
      asking.on("timeout", () => asking.destroy(new Error(`no answer within ${patienceMs} ms`)));
      asking.on("error", reject).end(body && JSON.stringify(body));
    });
  }

  /** What is under way gets no answer any more. */
  close(): void {
    this.#agent.destroy();
  }
}
