/** The API over plain HTTP on a free port, with admission and without controllers, for tests. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { AdmissionChain, pluginsFor, storeReader } from "../admission/index.ts";
import { Api } from "../api/index.ts";
import { followDefinitions } from "../cluster/kind-definitions.ts";
import { MetricNames } from "../node/index.ts";
import { seededRandom, VirtualClock } from "../outside/index.ts";
import { KindRegistry } from "../resources/index.ts";
import { administrator, MemoryStore, Registry } from "../store/index.ts";
import { ApiServer } from "./api-server.ts";

/** As the recorded cases have it. */
export interface TestRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface TestAnswer {
  readonly status: number;
  readonly warnings: readonly string[];
  readonly body: unknown;
}

export interface TestServer {
  /** A request; a body that is no text is sent as JSON. */
  send(request: TestRequest): Promise<TestAnswer>;
  close(): Promise<void>;
  /** Where it listens. */
  readonly url: string;
}

/** Has the namespaces `default` and `golden`, with their service accounts. */
export async function testServer(): Promise<TestServer> {
  const clock = new VirtualClock();
  const onFault = (fault: unknown) => {
    throw fault;
  };
  const store = new MemoryStore({ clock, historyLimit: 100, onFault });
  const kinds = new KindRegistry();
  followDefinitions(store, kinds);
  const admission = new AdmissionChain(pluginsFor(), storeReader(store, kinds));
  const random = seededRandom(1);
  const registry = new Registry({ store, kinds, admission, clock, random });
  const api = new Api<never>({ registry, clock, kinds });
  const parts = {
    api,
    kinds,
    clock,
    random,
    onFault,
    authenticate: () => administrator,
    reported: { names: new MetricNames(), all: async () => [] },
  };
  const server = new ApiServer(parts as never);
  const http = createServer((request, response) => void server.handle(request as never, response as never));
  await new Promise<void>(resolve => void http.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;

  const send = async ({ method, path, query = {}, headers = {}, body }: TestRequest): Promise<TestAnswer> => {
    const search = new URLSearchParams(query).toString();
    const answer = await fetch(`${base}${path}${search && `?${search}`}`, {
      method,
      headers: { "user-agent": "golden/1.0", "content-type": "application/json", ...headers },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const warning = answer.headers.get("warning");
    return { status: answer.status, warnings: warning ? [warning] : [], body: await answer.json() };
  };
  for (const name of ["default", "golden"]) {
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name } };
    await send({ method: "POST", path: "/api/v1/namespaces", body: namespace });
  }
  return {
    send,
    url: base,
    close: () =>
      new Promise(resolve => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
}
