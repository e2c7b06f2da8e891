/** A session with a command in a thread or a child process, over a port of its own; worker/exec/session.ts has the other end. */
import { MessageChannel, type MessagePort } from "node:worker_threads";
import type { Port } from "../../messages/index.ts";
import { Deferred } from "../../outside/index.ts";
import type { Order, SessionOptions, SessionOrder, SessionReport } from "../../worker/index.ts";
import { brokenOff, LocalSession, type SessionExit } from "../streams/index.ts";
import { numberIn, textIn } from "./told-values.ts";

/** So much input may be unread, in bytes; a writer waits then. */
const inputWindow = 256 * 1024;

export class PortSession extends LocalSession {
  /** So many bytes of the input are not read yet. */
  #unread = 0;
  /** For those who wait until there are fewer. */
  #room: Deferred<void> | undefined;
  readonly #port: MessagePort;
  readonly #portOfContainer: MessagePort;

  constructor() {
    super();
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#portOfContainer = port2;
  }

  /**
   * @param commands the file with the commands that a container does not have in its own code; "" where it needs none
   * @param order hands the order, and the port in it, to the container
   */
  open(
    command: readonly string[],
    options: SessionOptions,
    commands: string,
    order: (order: Order, transfer: readonly MessagePort[]) => void,
  ): void {
    this.#port.on("message", report => this.#hear(report as SessionReport));
    // Also when the thread or the process is gone.
    this.#port.on("close", () => this.finish(brokenOff("the container has ended")));
    order({ type: "exec", command, options, commands, io: this.#portOfContainer as Port }, [
      this.#portOfContainer,
    ]);
  }

  override async write(bytes: Uint8Array): Promise<void> {
    this.#tell({ type: "input", bytes: new Uint8Array(bytes) });
    this.#unread += bytes.length;
    if (this.#unread < inputWindow || this.isOver) return;
    this.#room ??= new Deferred();
    await this.#room.promise;
  }

  override end(): void {
    this.#tell({ type: "end-of-input" });
  }

  override resize(columns: number, rows: number): void {
    this.#tell({ type: "resize", columns, rows });
  }

  override close(): void {
    super.close();
    this.#port.close();
  }

  override finish(exit: SessionExit): this {
    this.#giveRoom();
    return super.finish(exit);
  }

  protected override taken(length: number): void {
    this.#tell({ type: "taken", length });
  }

  /** What arrives may come from foreign code: what is not a report is ignored. */
  #hear(report: SessionReport): void {
    switch (report?.type) {
      case "output":
        if (report.bytes instanceof Uint8Array) this.print(report);
        return;
      case "taken":
        this.#unread -= numberIn(report.length) || 0;
        if (this.#unread < inputWindow) this.#giveRoom();
        return;
      case "exit": {
        const { exitCode, message } = report;
        this.finish({
          exitCode: numberIn(exitCode) & 0xff,
          ...(message !== undefined && { message: textIn(message) }),
        });
        this.#port.close();
      }
    }
  }

  #giveRoom(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }

  #tell(order: SessionOrder): void {
    if (!this.isOver) this.#port.postMessage(order);
  }
}
