/** `k4s exec POD -- COMMAND`: a command in a container, over a WebSocket, with its exit code. */
import type { Readable } from "node:stream";
import { ReadStream } from "node:tty";
import { ApiError } from "../../errors/index.ts";
import { Connection } from "./connection.ts";
import type { WhereOptions } from "./kubeconfig.ts";
import { podOf } from "./pod-of.ts";

export interface ExecOptions extends WhereOptions {
  readonly container?: string;
  readonly stdin?: boolean;
  readonly tty?: boolean;
}

/** The channels of `v5.channel.k8s.io`. */
const channels = { stdin: 0, stdout: 1, stderr: 2, status: 3, resize: 4, close: 255 } as const;

export async function exec(target: string, command: readonly string[], options: ExecOptions): Promise<void> {
  process.exitCode = await runIn(target, command, options, {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: options.stdin ? process.stdin : undefined,
  });
}

export interface Streams {
  readonly stdin: Readable | undefined;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

/** Resolves to the exit code. */
export async function runIn(
  target: string,
  command: readonly string[],
  options: ExecOptions,
  { stdin, stdout, stderr }: Streams,
): Promise<number> {
  const connection = new Connection(options);
  const { namespace, name } = await podOf(target, connection);
  const { container, tty = false } = options;
  const query = new URLSearchParams({
    stdout: "true",
    stderr: String(!tty),
    ...(container !== undefined && { container }),
    ...(stdin && { stdin: "true" }),
    ...(tty && { tty: "true" }),
  });
  for (const word of command) query.append("command", word);
  const path = `/api/v1/namespaces/${namespace}/pods/${encodeURIComponent(name)}/exec?${query}`;
  const socket = await connection.socket(path, ["v5.channel.k8s.io"]);
  const send = (channel: number, bytes: Uint8Array) =>
    socket.send(Buffer.concat([Buffer.of(channel), bytes]));
  const terminal = tty && stdin instanceof ReadStream ? stdin : undefined;
  const resize = () => {
    const { columns: Width = 80, rows: Height = 24 } = process.stdout;
    send(channels.resize, Buffer.from(JSON.stringify({ Width, Height })));
  };
  if (terminal) {
    terminal.setRawMode(true);
    resize();
    process.stdout.on("resize", resize);
  }
  const typed = (piece: Buffer) => send(channels.stdin, piece);
  const ended = () => socket.send(Buffer.of(channels.close, channels.stdin));
  stdin?.on("data", typed).on("end", ended);
  try {
    return await new Promise<number>((resolve, reject) => {
      let exitCode: number | Error = new ApiError(
        "InternalError",
        "the connection was closed before the command ended",
      );
      socket.on("message", (data: Buffer) => {
        const [channel] = data;
        const bytes = data.subarray(1);
        if (channel === channels.stdout) stdout.write(bytes);
        else if (channel === channels.stderr) stderr.write(bytes);
        else if (channel === channels.status) exitCode = codeIn(bytes.toString());
      });
      socket.once("error", reject);
      socket.once("close", () => (typeof exitCode === "number" ? resolve(exitCode) : reject(exitCode)));
    });
  } finally {
    stdin?.off("data", typed).off("end", ended).pause();
    if (terminal) {
      terminal.setRawMode(false);
      process.stdout.off("resize", resize);
    }
  }
}

interface Status {
  readonly status: string;
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly reason: string; readonly message: string }[] };
}

/** The exit code that a Status tells, or why there is none. */
function codeIn(text: string): number | Error {
  const { status, message = "", details } = JSON.parse(text) as Status;
  if (status === "Success") return 0;
  const cause = details?.causes?.find(({ reason }) => reason === "ExitCode");
  return cause ? Number(cause.message) : new ApiError("InternalError", message);
}
