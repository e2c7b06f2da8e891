/**
 * Kubernetes' channels over WebSocket: several streams of bytes in one connection, the first byte of each message saying which
 * (`v5.channel.k8s.io` and its elders; for browsers' text messages the same in base64). Bounded both ways: who sends waits until
 * the other side has taken it.
 */
import type { WebSocket } from "ws";

/** In the order of preference. */
export const channelProtocols = [
  "v5.channel.k8s.io",
  "v4.channel.k8s.io",
  "v3.channel.k8s.io",
  "v2.channel.k8s.io",
  "channel.k8s.io",
  "v4.base64.channel.k8s.io",
  "base64.channel.k8s.io",
] as const;

/** In v5: the message after it says which channel the client sends no more on. */
const closing = 255;
/** In text: the channels are the digits. */
const zero = "0".charCodeAt(0);
/** The code of a WebSocket's close where the other side broke the protocol. */
const protocolError = 1002;

export interface ChannelListener {
  /** Resolves when more may come. */
  bytes(channel: number, bytes: Buffer): Promise<void> | undefined;
  /** The client sends no more on this channel. */
  closed(channel: number): void;
  /** The connection is over. Called once. */
  gone(): void;
}

export class Channels {
  readonly #socket: WebSocket;
  readonly #isText: boolean;
  readonly #onFault: (fault: unknown) => void;
  /** Messages that have not been taken yet: while there are any, no more are read. */
  #untaken = 0;

  /** @param onFault takes what a listener throws or rejects with, which is a mistake of ours: clients' mistakes are no errors here */
  constructor(socket: WebSocket, onFault: (fault: unknown) => void) {
    this.#socket = socket;
    this.#onFault = onFault;
    this.#isText = socket.protocol.includes("base64");
    // It is followed by the close.
    socket.on("error", () => {});
  }

  /** "" where the client asked for none: the oldest. */
  get protocol(): string {
    return this.#socket.protocol;
  }

  listen(listener: ChannelListener): void {
    const isFive = this.protocol.startsWith("v5.");
    const take = (data: Buffer) => {
      const [first, ended] = data;
      // A message without a byte says nothing, as in Kubernetes.
      if (first === undefined) return;
      if (isFive && first === closing) {
        if (ended !== undefined) listener.closed(ended);
        return;
      }
      const channel = this.#isText ? first - zero : first;
      const bytes = this.#isText ? Buffer.from(data.toString("latin1", 1), "base64") : data.subarray(1);
      const taken = listener.bytes(channel, bytes);
      if (taken) void this.#hold(taken);
    };
    this.#socket.on("message", (data: Buffer) => {
      // What is thrown here would end the process.
      try {
        take(data);
      } catch (fault) {
        this.#refuse(fault);
      }
    });
    this.#socket.once("close", () => listener.gone());
    // It may have closed before anything was listened to.
    if (this.#socket.readyState === this.#socket.CLOSED) listener.gone();
  }

  /** Resolves when the client has taken it as far as the system tells, or is gone. */
  send(channel: number, bytes: Uint8Array): Promise<void> {
    const message = this.#isText
      ? `${channel}${Buffer.from(bytes).toString("base64")}`
      : Buffer.concat([Uint8Array.of(channel), bytes]);
    return new Promise(resolve => this.#socket.send(message, { binary: !this.#isText }, () => resolve()));
  }

  /** After what was sent. */
  close(): void {
    this.#socket.close(1000);
  }

  async #hold(taken: Promise<void>): Promise<void> {
    this.#untaken++;
    this.#socket.pause();
    try {
      await taken;
    } catch (fault) {
      this.#refuse(fault);
    }
    this.#untaken--;
    if (this.#untaken === 0) this.#socket.resume();
  }

  /** What the client has sent could not be taken. */
  #refuse(fault: unknown): void {
    this.#onFault(fault);
    this.#socket.close(protocolError);
  }
}
