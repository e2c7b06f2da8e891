/** exec and attach over the channels of a WebSocket: 0 stdin, 1 stdout, 2 stderr, 3 how it ended, 4 the size of the terminal. */
import type { Channels } from "./channels.ts";
import { type CommandStatus, type RemoteCommand, type RemoteListener, sizeIn } from "./remote-command.ts";

const channelOf = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;

export class ChannelCommand implements RemoteCommand {
  readonly #channels: Channels;

  constructor(channels: Channels) {
    this.#channels = channels;
    // As Kubernetes does: clients wait for a first message.
    if (channels.protocol.startsWith("v5.")) void channels.send(channelOf.stdout, new Uint8Array());
  }

  listen(listener: RemoteListener): void {
    this.#channels.listen({
      bytes(channel, bytes) {
        if (channel === channelOf.stdin) return listener.stdin(bytes);
        const size = channel === channelOf.resize ? sizeIn(bytes.toString()) : undefined;
        if (size) listener.resize(size.columns, size.rows);
        return undefined;
      },
      closed(channel) {
        if (channel === channelOf.stdin) listener.endOfStdin();
      },
      gone: () => listener.gone(),
    });
  }

  send(stream: "stdout" | "stderr", bytes: Uint8Array): Promise<void> {
    return this.#channels.send(channelOf[stream], bytes);
  }

  finish(status: CommandStatus): void {
    const text = errorText(status, /^v[45]\./.test(this.#channels.protocol));
    if (text !== "") void this.#channels.send(channelOf.error, Buffer.from(text));
    this.#channels.close();
  }
}

/** Until the fourth version it was only told what went wrong, as text. */
export function errorText(status: CommandStatus, isStatus: boolean): string {
  if (isStatus) return JSON.stringify(status);
  return status.status === "Success" ? "" : (status.message ?? "");
}
