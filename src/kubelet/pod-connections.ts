/**
 * Connections to the ports of a node's pods, which others ask for by CONNECT over HTTP/2: each is a stream of one connection. Who connects is
 * told to the pod, and NetworkPolicies are applied here, whatever the other end has found: it may be wrong, or lie.
 */
import type { ServerHttp2Stream } from "node:http2";
import type { Duplex } from "node:stream";
import { type AskedNode, type FarFarewells, fromIn, joinEnds, type PodDialling } from "../node/index.ts";
import { type Asker, mayAll, nodeOf } from "./who-asks.ts";

/** What NetworkPolicies say of what comes from another node. */
export interface PolicedPods {
  /** Why they deny it; undefined where they do not. */
  denied(from: string, to: { readonly address: string; readonly port: number }): string | undefined;
  /** Calls `end` when they deny it later. Returns what ends that. */
  follow(from: string, to: { readonly address: string; readonly port: number }, end: () => void): () => void;
}

export interface PodConnectionParts {
  /** The node here whose pod has the address. */
  readonly at: (address: string) => AskedNode | undefined;
  /** The name of the node whose pod has the address, here or elsewhere. */
  readonly nameAt: (address: string) => string | undefined;
  readonly policed: PolicedPods | undefined;
  /** Told of the connections that stand, so that their ends may tell each other when they are about to end. */
  readonly farewells?: Pick<FarFarewells, "add" | "delete"> | undefined;
  /** So long a pod may take to accept, in milliseconds. */
  readonly dialMs?: number | undefined;
}

/** Less than who asks waits for an answer (node/far/pod-streams.ts): a pod that does not accept says nothing of the others. */
const defaultDialMs = 4_000;

const notAccepted = Object.assign(new Error("the pod does not accept the connection"), { code: "ETIMEDOUT" });

export interface AskedConnection {
  readonly asker: Asker;
  /** `127.1.0.2:80`. */
  readonly authority: string;
  /** Who connects, as its node says. */
  readonly from: unknown;
}

/** Resolves when the connection is over. Never rejects. */
export async function connectPod(
  stream: ServerHttp2Stream,
  { asker, authority, from: claimed }: AskedConnection,
  { at, nameAt, policed, dialMs = defaultDialMs, farewells }: PodConnectionParts,
  codeHeader: string,
): Promise<void> {
  stream.on("error", () => {});
  const refuse = (status: number, code: string) => {
    if (stream.destroyed) return;
    stream.respond({ ":status": status, [codeHeader]: code }, { endStream: true });
    // Otherwise it would stay until the other end closes it.
    stream.close();
  };
  const to = fromIn(authority);
  const from = fromIn(claimed);
  if (!to || to.port === 0) return refuse(400, "EINVAL");
  // A node speaks for its own pods alone; the API server forwards ports for clients that it has let in.
  const node = nodeOf(asker);
  const isItsOwn = node !== undefined && from !== undefined && nameAt(from.address) === node;
  if (!mayAll(asker) && !isItsOwn) return refuse(403, "EACCES");
  const asked = at(to.address);
  if (!asked) return refuse(502, "EHOSTUNREACH");
  // Its packets would be dropped: no answer would come.
  if (from && policed?.denied(from.address, to) !== undefined) return refuse(403, "ETIMEDOUT");
  const left = new AbortController();
  const leave = () => left.abort(new Error("who has asked is gone"));
  stream.once("close", leave);
  const late = setTimeout(() => left.abort(notAccepted), dialMs);
  let socket: Duplex;
  try {
    const dialling: PodDialling = {
      signal: left.signal,
      ...(from && { from: from.address, fromPort: from.port }),
    };
    socket = await asked.dialAddress(to.address, to.port, dialling);
  } catch (error) {
    return refuse(502, (error as NodeJS.ErrnoException).code ?? "ECONNREFUSED");
  } finally {
    clearTimeout(late);
  }
  stream.off("close", leave);
  if (stream.destroyed) {
    socket.destroy();
    return;
  }
  const unfollow = from && policed?.follow(from.address, to, () => socket.destroy());
  if (from) farewells?.add(from, stream);
  stream.respond({ ":status": 200 });
  await joinEnds(stream, socket);
  if (from) farewells?.delete(from, stream);
  unfollow?.();
}
