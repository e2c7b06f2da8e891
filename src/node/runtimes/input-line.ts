/** The node's end of a container's stdin (worker/input.ts). What the container has not taken yet waits here. */
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { Fifo } from "../../outside/index.ts";
import type { InputOrder, InputReport } from "../../worker/index.ts";
import { numberIn } from "./told-values.ts";

/** So much may be under way, in bytes. */
const windowLength = 64 * 1024;

export class InputLine {
  /** For the container. */
  readonly portOfContainer: MessagePort;
  readonly #port: MessagePort;
  readonly #waiting = new Fifo<InputOrder>();
  #underWay = 0;

  constructor() {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.portOfContainer = port2;
  }

  open(): void {
    this.#port.on("message", (report: InputReport) => {
      this.#underWay -= numberIn(report?.taken) || 0;
      this.#send();
    });
    this.#port.unref();
  }

  /** @param bytes undefined: there is no more */
  write(bytes: Uint8Array | undefined): void {
    if (bytes === undefined) this.#waiting.push({});
    else
      for (let from = 0; from < bytes.length; from += windowLength)
        this.#waiting.push({ bytes: new Uint8Array(bytes.subarray(from, from + windowLength)) });
    this.#send();
  }

  close(): void {
    this.#port.close();
  }

  #send(): void {
    while (this.#underWay < windowLength && this.#waiting.length > 0) {
      const order = this.#waiting.shift();
      this.#underWay += order?.bytes?.length ?? 0;
      this.#port.postMessage(order);
    }
  }
}
