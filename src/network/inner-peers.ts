/**
 * Threads and child processes that the program of a container has started. Each asks over a socket of its own, beside those of pods, where
 * hosts lead and what policies say of that: so it has an answer also while the container itself is busy or waits for it. It says which pod it is of;
 * as everywhere on the network of pods, code that means harm can say something else. Nothing but these questions is answered.
 */
import { mkdirSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import { ipcOver, type Port, readFrames, Tunnel } from "../messages/index.ts";
import type { Clock } from "../outside/index.ts";
import type { StoreReads } from "../store/index.ts";
import type { Identity } from "./attachment.ts";

/** What comes first on a connection. */
interface Hello {
  readonly uid: string;
}

/** So many may be connected. */
const mostConnections = 10_000;
/** Whoever connects says in so many milliseconds, and in so many bytes, which pod it is of. */
const helloMs = 10_000;
const mostOfHello = 1_024;
/** A question has a few hundred bytes; what it has sent to Services is told in parts of some 40 kB at most (traffic-book.ts). */
const mostBytes = 64 * 1024;
/** What has begun to say something has said it after so many milliseconds. */
const patienceMs = 10_000;

export class InnerPeers {
  readonly #store: Pick<StoreReads, "byUid">;
  readonly #clock: Pick<Clock, "after">;
  readonly #serve: (identity: Identity, port: Port) => void;
  readonly #servers = new Map<string, Server>();
  readonly #sockets = new Set<Socket>();

  constructor(
    store: Pick<StoreReads, "byUid">,
    clock: Pick<Clock, "after">,
    serve: (identity: Identity, port: Port) => void,
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#serve = serve;
  }

  /** From now on, at the path of a socket; again does nothing. @param farewells as an Identity has it */
  listen(path: string, farewells: string): void {
    if (this.#servers.has(path)) return;
    if (process.platform !== "win32") mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const server = createServer(socket => this.#accept(socket, farewells));
    // Whoever asks finds nobody, then, and knows only its own pod.
    server.on("error", () => this.#servers.delete(path));
    server.listen({ path }).unref();
    this.#servers.set(path, server);
  }

  stop(): void {
    for (const server of this.#servers.values()) server.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#servers.clear();
  }

  #accept(socket: Socket, farewells: string): void {
    if (this.#sockets.size >= mostConnections) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.on("error", () => {});
    const silent = this.#clock.after(helloMs, () => socket.destroy());
    socket.on("close", () => {
      this.#sockets.delete(socket);
      silent.cancel();
    });
    let take: ((value: unknown) => void) | undefined;
    const hear = (value: unknown) => {
      if (take) {
        take(value);
        return;
      }
      silent.cancel();
      const identity = this.#identityOf(value, farewells);
      if (!identity) {
        socket.destroy();
        return;
      }
      const { first } = new Tunnel(
        ipcOver(socket, heard => {
          take = heard;
        }),
        "parent",
      );
      this.#serve(identity, first);
    };
    const mostNow = () => (take ? mostBytes : mostOfHello);
    readFrames(socket, hear, { mostBytes: mostNow, patienceMs, clock: this.#clock });
  }

  #identityOf(value: unknown, farewells: string): Identity | undefined {
    const { uid } = (value ?? {}) as Partial<Hello>;
    const pod = typeof uid === "string" ? this.#store.byUid(uid) : undefined;
    if (pod?.kind !== "Pod") return undefined;
    const { namespace = "default", name } = pod.metadata;
    return { namespace, pod: name, uid: String(uid), account: "", container: "", copies: true, farewells };
  }
}
