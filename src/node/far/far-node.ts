/** A node far away, asked as Kubernetes' API server asks a kubelet: by the paths of its server (kubelet/kubelet-server.ts). */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { ApiError, hasReason } from "../../errors/index.ts";
import type { Pod } from "../../resources/index.ts";
import type { SessionOptions } from "../../worker/index.ts";
import type { AskedNode, NodeDocument, PodDialling } from "../asked-node.ts";
import type { ContainerUsage } from "../containers/index.ts";
import type { LogOptions, Session } from "../streams/index.ts";
import { mostBytes, textWithin, usagesIn } from "./answers.ts";
import { lostText } from "./dial-errors.ts";
import { openSession } from "./far-session.ts";
import type { FarStream } from "./join-ends.ts";
import type { NodeClient } from "./node-client.ts";
import { storagePath, usagePath } from "./spoken.ts";

/** By the uid of the pod. */
type Usages = ReadonlyMap<string, readonly ContainerUsage[]>;

export class FarNode implements AskedNode {
  readonly #client: NodeClient;
  /** All who ask for what its pods use at once have one answer. */
  #usages: Promise<Usages | undefined> | undefined;

  constructor(client: NodeClient) {
    this.#client = client;
  }

  async logs(pod: Pod, container: string, options: LogOptions = {}): Promise<AsyncIterable<Uint8Array>> {
    const { metadata } = pod;
    const query = new URLSearchParams();
    const { follow, previous, tailLines, sinceMs, timestamps, signal } = options;
    if (follow) query.set("follow", "true");
    if (previous) query.set("previous", "true");
    if (timestamps) query.set("timestamps", "true");
    if (tailLines !== undefined) query.set("tailLines", String(tailLines));
    if (sinceMs !== undefined) query.set("sinceTime", new Date(sinceMs).toISOString());
    const asked = query.size > 0 ? `?${query}` : "";
    const path = `/containerLogs/${metadata.namespace}/${metadata.name}/${container}${asked}`;
    return untilLost(await this.#client.get(path, signal), this.#client.peer.place.name, signal);
  }

  exec(
    pod: Pod,
    container: string,
    command: readonly string[],
    { tty = false }: SessionOptions = {},
  ): Promise<Session> {
    const query = new URLSearchParams(command.map((word): [string, string] => ["command", word]));
    return this.#session("exec", pod, container, query, tty);
  }

  attach(pod: Pod, container: string): Promise<Session> {
    return this.#session("attach", pod, container, new URLSearchParams(), false);
  }

  dial(pod: Pod, port: number): Promise<Duplex> {
    return this.dialAddress(pod.status?.podIP ?? "", port);
  }

  dialAddress(address: string, port: number, dialling: PodDialling = {}): Promise<FarStream> {
    const { from, fromPort = 0, signal } = dialling;
    return this.#client.connect(
      address,
      port,
      from === undefined ? undefined : { address: from, port: fromPort },
      signal,
    );
  }

  async document(path: string): Promise<NodeDocument | undefined> {
    try {
      const response = await this.#client.get(path);
      const mediaType = response.headers["content-type"] ?? "text/plain";
      return { mediaType, text: await textWithin(response, mostBytes) };
    } catch (error) {
      if (hasReason(error, "NotFound")) return undefined;
      throw error;
    }
  }

  /** What the containers of its pods use that run; undefined where it does not answer. */
  usages(): Promise<Usages | undefined> {
    this.#usages ??= this.#askUsages()
      .catch(() => undefined)
      .finally(() => {
        this.#usages = undefined;
      });
    return this.#usages;
  }

  /** What the folder driver there answers to a call, as JSON. */
  async storage(rpc: string, request: object): Promise<string> {
    return textWithin(await this.#client.post(storagePath + rpc, JSON.stringify(request)), mostBytes);
  }

  close(): void {
    this.#client.close();
  }

  async #askUsages(): Promise<Usages | undefined> {
    return usagesIn(await textWithin(await this.#client.get(usagePath), mostBytes));
  }

  #session(
    what: "exec" | "attach",
    { metadata: { namespace, name, uid } }: Pod,
    container: string,
    query: URLSearchParams,
    tty: boolean,
  ): Promise<Session> {
    for (const stream of ["input", "output", ...(tty ? ["tty"] : ["error"])]) query.set(stream, "1");
    return openSession(this.#client, `/${what}/${namespace}/${name}/${uid}/${container}?${query}`);
  }
}

/** What comes, to its end; what is cut before fails, so that nobody takes it for all. */
async function* untilLost(
  response: IncomingMessage,
  node: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    yield* response;
  } catch (cause) {
    if (!signal?.aborted) throw new ApiError("InternalError", lostText(node), {}, { cause });
  } finally {
    response.destroy();
  }
}
