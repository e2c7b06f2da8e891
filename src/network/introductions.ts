/**
 * The threads that are here, and what each knows of the others. A thread that has asked for another gets a channel to it, or hears why
 * not; when one has ended, those that it was introduced to hear how. How a thread has ended is remembered for a while: who asks for it may
 * have been told of it too late.
 */
import { MessageChannel } from "node:worker_threads";
import type { ControlMessage, Exit, PeerId, Sender } from "../messages/index.ts";
import { setBounded } from "../outside/index.ts";
import type { Attached } from "./attachment.ts";
import { deniedText } from "./message-policy.ts";
import type { Policies } from "./policy/index.ts";

/** How many threads that have ended are remembered. */
const MOST_EXITS = 1_000;

export class Introductions {
  readonly #policies: Policies;
  readonly #attached = new Map<PeerId, Attached>();
  readonly #exits = new Map<PeerId, { who: Sender; exit: Exit }>();

  constructor(policies: Policies) {
    this.#policies = policies;
  }

  add(attached: Attached): void {
    this.#attached.set(attached.id, attached);
  }

  /** Undefined where it has ended. */
  get(peer: PeerId): Attached | undefined {
    return this.#attached.get(peer);
  }

  /** One thread asks for another. */
  connect(from: Attached, peer: PeerId): void {
    const to = this.#attached.get(peer);
    if (to === undefined) {
      const { who, exit } = this.#exits.get(peer) ?? { who: unknownSender, exit: forgotten };
      from.tell({ type: "gone", peer, who, exit });
    } else if (from.connectedTo.has(peer)) {
      // Both have asked: they were introduced when the first did.
    } else if (to.isLeaving) {
      from.tell({ type: "refused", peer, who: to.who });
    } else {
      const text = deniedText(from, to, this.#policies);
      if (text === undefined) introduce(from, to);
      else from.tell({ type: "forbidden", peer, text });
    }
  }

  /** A thread has ended. False: that was known. */
  remove(attached: Attached, exit: Exit): boolean {
    const { id, who } = attached;
    if (!this.#attached.delete(id)) return false;
    setBounded(this.#exits, id, { who, exit }, MOST_EXITS);
    for (const other of attached.connectedTo) {
      this.#attached.get(other)?.connectedTo.delete(id);
      this.#attached.get(other)?.tell({ type: "gone", peer: id, who, exit });
    }
    return true;
  }

  /** The last word to all that are here. */
  endAll(word: ControlMessage): void {
    for (const attached of this.#attached.values()) {
      attached.tell(word);
      attached.close();
    }
    this.#attached.clear();
  }
}

function introduce(from: Attached, to: Attached): void {
  from.connectedTo.add(to.id);
  to.connectedTo.add(from.id);
  const copies = from.copies || to.copies;
  const { port1, port2 } = new MessageChannel();
  for (const [told, { id: peer, who, largest }, port] of [
    [from, to, port1],
    [to, from, port2],
  ] as const)
    told.tell({ type: "introduce", peer, who, port, copies, largest }, port);
}

const unknownSender: Sender = { cluster: false, namespace: "", pod: "the container", container: "" };
const forgotten: Exit = { exitCode: 0, reason: "Unknown", message: "it ended a while ago" };
