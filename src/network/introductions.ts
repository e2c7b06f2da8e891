/**
 * The threads that are here, and what each knows of the others. A thread that has asked for another gets a channel to it, or hears why
 * not; when one has ended, those that it was introduced to hear how. How a thread has ended is remembered for a while: who asks for it may
 * have been told of it too late.
 */
import { MessageChannel, type MessagePort } from "node:worker_threads";
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
      const { who, exit } = this.#exitOf(peer);
      from.tell({ type: "gone", peer, who, exit });
    } else if (from.connectedTo.has(peer)) {
      // Both have asked: they were introduced when the first did.
    } else if (to.isLeaving) {
      from.tell({ type: "refused", peer, who: to.who });
    } else {
      const text = this.denied(from, to);
      if (text !== undefined) from.tell({ type: "forbidden", peer, text });
      else if (to.far) to.far.connect(from);
      else introduce(from, to);
    }
  }

  /** Which policy denies messages from the one to the other. */
  denied(from: Attached, to: Attached): string | undefined {
    return deniedText(from, to, this.#policies);
  }

  /** A thread of another process has agreed: the one that is here gets its port. */
  meet(here: Attached, far: Attached, port: MessagePort): void {
    here.connectedTo.add(far.id);
    far.connectedTo.add(here.id);
    const { id: peer, who, largest } = far;
    here.tell({ type: "introduce", peer, who, port, copies: true, largest }, port);
  }

  /** How a thread has ended. */
  exitOf(peer: PeerId): Exit {
    return this.#exitOf(peer).exit;
  }

  all(): readonly Attached[] {
    return [...this.#attached.values()];
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

  #exitOf(peer: PeerId): { who: Sender; exit: Exit } {
    return this.#exits.get(peer) ?? { who: unknownSender, exit: forgotten };
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
