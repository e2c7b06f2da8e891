/** exec and attach over SPDY: one stream each for stdin, stdout, stderr, how it ended (`error`), and the terminal's size. */
import type { Duplex } from "node:stream";
import {
  type CommandStatus,
  type CommandStreams,
  errorText,
  type RemoteCommand,
  type RemoteListener,
  sizeIn,
} from "../../kubelet/index.ts";
import { type Clock, Deferred } from "../../outside/index.ts";
import { SpdyConnection, type SpdyStream } from "./spdy-connection.ts";

/** The best one is chosen that the client offers. */
export const commandProtocols = [
  "v4.channel.k8s.io",
  "v3.channel.k8s.io",
  "v2.channel.k8s.io",
  "channel.k8s.io",
  "v5.channel.k8s.io",
] as const;

export type CommandProtocol = (typeof commandProtocols)[number];

/** As long as Kubernetes waits for the streams of a session. */
const streamsWithinMs = 30_000;

export class SpdyCommand implements RemoteCommand {
  readonly #connection: SpdyConnection;
  readonly #streams: ReadonlyMap<string, SpdyStream>;
  readonly #protocol: CommandProtocol;

  private constructor(
    connection: SpdyConnection,
    streams: ReadonlyMap<string, SpdyStream>,
    protocol: CommandProtocol,
  ) {
    this.#connection = connection;
    this.#streams = streams;
    this.#protocol = protocol;
  }

  /** Resolves when the client has opened the streams that it asked for; to undefined where it does not. */
  static async accept(
    socket: Duplex,
    wanted: CommandStreams,
    protocol: CommandProtocol,
    clock: Clock,
  ): Promise<SpdyCommand | undefined> {
    const hasSize = wanted.tty && !/^(v2\.)?channel/.test(protocol);
    const names = [
      "error",
      ...(wanted.stdin ? ["stdin"] : []),
      ...(wanted.stdout ? ["stdout"] : []),
      ...(wanted.stderr && !wanted.tty ? ["stderr"] : []),
      ...(hasSize ? ["resize"] : []),
    ];
    const streams = new Map<string, SpdyStream>();
    const complete = new Deferred<boolean>();
    const connection = new SpdyConnection(socket, stream => {
      const type = stream.headers.get("streamtype") ?? "";
      if (!names.includes(type) || streams.has(type)) return void stream.destroy();
      streams.set(type, stream);
      if (streams.size === names.length) complete.resolve(true);
    });
    const timer = clock.after(streamsWithinMs, () => complete.resolve(false));
    void connection.ended.then(() => complete.resolve(false));
    const isComplete = await complete.promise;
    timer.cancel();
    if (isComplete) return new SpdyCommand(connection, streams, protocol);
    connection.end();
    return undefined;
  }

  listen(listener: RemoteListener): void {
    void this.#readInput(listener);
    this.#streams.get("resize")?.on("data", (bytes: Buffer) => {
      // Several may come at a time, a line each.
      const size = sizeIn(bytes.toString().trimEnd().split("\n").at(-1) ?? "");
      if (size) listener.resize(size.columns, size.rows);
    });
    for (const name of ["error", "stdout", "stderr"]) this.#streams.get(name)?.resume();
    void this.#connection.ended.then(() => listener.gone());
  }

  send(name: "stdout" | "stderr", bytes: Uint8Array): Promise<void> {
    const stream = this.#streams.get(name);
    if (!stream?.writable) return Promise.resolve();
    return new Promise(resolve => stream.write(bytes, () => resolve()));
  }

  finish(status: CommandStatus): void {
    const isStatus = this.#protocol.startsWith("v4.") || this.#protocol.startsWith("v5.");
    this.#streams.get("error")?.write(errorText(status, isStatus));
    const ends = [...this.#streams.values()].map(stream => new Promise(resolve => stream.end(resolve)));
    void Promise.all(ends).then(() => this.#connection.end());
  }

  async #readInput(listener: RemoteListener): Promise<void> {
    const stdin = this.#streams.get("stdin");
    if (!stdin) return;
    try {
      for await (const bytes of stdin.iterator({ destroyOnReturn: false }))
        await listener.stdin(bytes as Buffer);
    } catch {
      // The client has gone, which ends its input, too.
    }
    listener.endOfStdin();
  }
}
