/**
 * exec and attach: a session with a container (node/) on one side, a client on the other, however it is connected
 * (channel-command.ts by WebSocket, spdy-command.ts by SPDY). Each side holds the other back: what a client does not read
 * stops the command, and what a command does not read stops the client.
 */
import type { Session, SessionExit } from "../../node/index.ts";

/** What of the session the client wants, as in the query. */
export interface CommandStreams {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/** A client, connected. */
export interface RemoteCommand {
  /** Takes what it sends from now on. Called once. */
  listen(listener: RemoteListener): void;
  /** Resolves when it takes more, or has gone. */
  send(stream: "stdout" | "stderr", bytes: Uint8Array): Promise<void>;
  /** Tells it how the command ended, and closes. */
  finish(status: CommandStatus): void;
}

export interface RemoteListener {
  /** Resolves when more may come. */
  stdin(bytes: Uint8Array): Promise<void>;
  endOfStdin(): void;
  resize(columns: number, rows: number): void;
  /** The client is not there any more. */
  gone(): void;
}

/** A Status, as far as it tells how a command ended. */
export interface CommandStatus {
  readonly metadata: Readonly<Record<string, never>>;
  readonly status: "Success" | "Failure";
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: { readonly causes: readonly { readonly reason?: string; readonly message: string }[] };
}

/** Resolves when the session has ended. Never rejects. */
export async function serveSession(
  session: Session,
  remote: RemoteCommand,
  wanted: CommandStreams,
  statusOf: (exit: SessionExit) => CommandStatus,
): Promise<void> {
  remote.listen({
    stdin: bytes => (wanted.stdin ? session.write(bytes) : Promise.resolve()),
    endOfStdin: () => session.end(),
    resize: (columns, rows) => session.resize(columns, rows),
    gone: () => session.close(),
  });
  if (!wanted.stdin) session.end();
  for await (const { stream, bytes } of session.output) {
    // A terminal has one output.
    const channel = wanted.tty ? "stdout" : stream;
    if (wanted[channel]) await remote.send(channel, bytes);
  }
  remote.finish(statusOf(await session.exited));
}

const success: CommandStatus = { metadata: {}, status: "Success" };

/** How a command ended, as kubelet tells it. */
export function statusOfCommand({ exitCode, message, isLost }: SessionExit): CommandStatus {
  if (exitCode === 0) return success;
  if (isLost) return internalError(message ?? "");
  const isUnstartable = message !== undefined && (exitCode === 126 || exitCode === 127);
  if (isUnstartable) {
    return internalError(`error executing command in container: ${message}`);
  }
  return {
    metadata: {},
    status: "Failure",
    reason: "NonZeroExitCode",
    message: `command terminated with non-zero exit code: exit status ${exitCode}`,
    details: { causes: [{ reason: "ExitCode", message: String(exitCode) }] },
  };
}

/** What could not be begun. */
export function internalError(problem: string): CommandStatus {
  return {
    metadata: {},
    status: "Failure",
    reason: "InternalError",
    code: 500,
    message: `Internal error occurred: ${problem}`,
    details: { causes: [{ message: problem }] },
  };
}

/** An attached session has ended with its container: how that ended stands in the pod's status. */
export function statusOfAttached({ message, isLost }: SessionExit): CommandStatus {
  return isLost ? internalError(message ?? "") : success;
}

/** The message on channel 4, or the resize stream. Undefined for what is none. */
export function sizeIn(text: string): { readonly columns: number; readonly rows: number } | undefined {
  try {
    const { Width, Height } = JSON.parse(text) as { readonly Width?: unknown; readonly Height?: unknown };
    const [columns, rows] = [Number(Width), Number(Height)];
    return isSize(columns) && isSize(rows) ? { columns, rows } : undefined;
  } catch {
    return undefined;
  }
}

/** Terminals send 0 by 0 where they do not know. */
function isSize(number: number): boolean {
  return Number.isInteger(number) && number > 0 && number < 65_536;
}
