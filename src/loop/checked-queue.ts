/**
 * The queue that a controller brings, held against what a queue promises. One that throws, or says that a key waits and gives
 * none, would stop the loop or spin it: it is told once, and from then on the first that came is the first that goes. What waited
 * in it is not lost: the resync would bring back neither a key whose object is gone nor one that waits for its retry.
 */
import { thrownMessage } from "../errors/index.ts";
import type { Controller, Reader } from "./controller.ts";
import type { Mistakes } from "./mistakes.ts";
import { FifoQueue, type Queue, type Queued, type WorkItem } from "./queue/index.ts";

/** The queue that the controller brings, if it does. */
export function queueOf(
  controller: Controller,
  reader: Reader,
  mistakes: Mistakes,
): Queue<WorkItem> | undefined {
  const queue = controller.queue?.(reader);
  if (queue === undefined) return undefined;
  const any = { kind: [controller.kind].flat().join(", "), namespace: "", name: "*" };
  const rest = "is not used any more, and the first that came is the first that goes";
  return new CheckedQueue(queue, (item, fault) =>
    mistakes.tell(item?.key ?? any, `its own queue ${rest}: ${fault}`),
  );
}

class CheckedQueue implements Queue<WorkItem> {
  /** The controller's own, until it fails. */
  #own: Queue<WorkItem> | undefined;
  /** What waits, in the order in which it came. */
  readonly #waiting = new FifoQueue<WorkItem>();
  readonly #onFault: (item: WorkItem | undefined, fault: string) => void;

  /** `onFault` is told once, with the item that was added then. */
  constructor(own: Queue<WorkItem>, onFault: (item: WorkItem | undefined, fault: string) => void) {
    this.#own = own;
    this.#onFault = onFault;
  }

  get length(): number {
    try {
      const { length } = this.#own ?? this.#waiting;
      if (Number.isInteger(length) && length >= 0) return length;
      this.#giveUp(undefined, `its length is ${String(length)}`);
    } catch (error) {
      this.#giveUp(undefined, `its length throws ${thrownMessage(error)}`);
    }
    return this.#waiting.length;
  }

  add(key: string, item: WorkItem): void {
    this.#waiting.add(key, item);
    try {
      this.#own?.add(key, item);
    } catch (error) {
      this.#giveUp(item, `its add threw ${thrownMessage(error)}`);
    }
  }

  take(): Queued<WorkItem> | undefined {
    if (this.length === 0) return undefined;
    return this.#takenFromOwn() ?? this.#waiting.take();
  }

  #takenFromOwn(): Queued<WorkItem> | undefined {
    try {
      const taken = this.#own?.take();
      if (typeof taken?.key === "string" && typeof taken.item?.key?.name === "string") {
        this.#waiting.delete(taken.key);
        return taken;
      }
      this.#giveUp(undefined, "a key waits in it, and its take returns none");
    } catch (error) {
      this.#giveUp(undefined, `its take threw ${thrownMessage(error)}`);
    }
    return undefined;
  }

  #giveUp(item: WorkItem | undefined, fault: string): void {
    if (!this.#own) return;
    this.#own = undefined;
    this.#onFault(item, fault);
  }
}
