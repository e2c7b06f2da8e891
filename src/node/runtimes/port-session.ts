/** A session with a command in a thread or a child process, over a port of its own; worker/exec/session.ts has the other end. */
import { MessageChannel, type MessagePort } from "node:worker_threads";
import type { Port } from "../../messages/index.ts";
import type { Order, SessionOrder, SessionReport } from "../../worker/index.ts";
import { brokenOff, LocalSession } from "../streams/index.ts";

export class PortSession extends LocalSession {
  readonly #port: MessagePort;
  readonly #portOfContainer: MessagePort;

  constructor() {
    super();
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#portOfContainer = port2;
  }

  /** @param order hands the order, and the port in it, to the container */
  open(command: readonly string[], order: (order: Order, transfer: readonly MessagePort[]) => void): void {
    this.#port.on("message", report => this.#hear(report as SessionReport));
    // Also when the thread or the process is gone.
    this.#port.on("close", () => this.finish(brokenOff("the container has ended")));
    order({ type: "exec", command, io: this.#portOfContainer as Port }, [this.#portOfContainer]);
  }

  override write(bytes: Uint8Array): void {
    this.#tell({ type: "input", bytes: new Uint8Array(bytes) });
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

  protected override taken(length: number): void {
    this.#tell({ type: "taken", length });
  }

  /** What arrives may come from foreign code: what is not a report is ignored. */
  #hear(report: SessionReport): void {
    switch (report?.type) {
      case "output":
        if (report.bytes instanceof Uint8Array) this.print(report);
        return;
      case "exit":
        this.finish({ exitCode: Number(report.exitCode) & 0xff });
        this.#port.close();
    }
  }

  #tell(order: SessionOrder): void {
    if (!this.isOver) this.#port.postMessage(order);
  }
}
