/**
 * The threads of other processes, as if they were here: each process tells the others which threads are attached to it, which take no more
 * messages, and how each ended; names lead to them as to its own, and they are introduced as its own are. Only who has the thread can do that
 * so that nothing is lost when it stops; so the other process is asked, and policies are judged at both ends.
 *
 *     thread a      this process                        the other            thread x
 *        ── connect x ──▶  ── ASK {from: a, to: x} ──▶  introduces ── port ──▶
 *        ◀──── port ─────  ◀──────── ACCEPT ──────────
 */
import { MessageChannel } from "node:worker_threads";
import type { Exit, PeerId, Port, TrafficReport } from "../../messages/index.ts";
import type { Clock } from "../../outside/index.ts";
import { Attached, type Identity } from "../attachment.ts";
import type { Introductions } from "../introductions.ts";
import type { TrafficCounts } from "../traffic-counts.ts";
import type { FarProcess } from "./far-process.ts";
import { type Answer, type Asking, answerIn, isAsking, type Told, toldIn } from "./far-words.ts";
import { type FrameKind, frameKinds } from "./frames.ts";

/** The last answers of a thread that has ended may still be on their way: so long they are waited for after the last that came. */
const lastWordsMs = 2_000;

/** So long, and so often, it is looked for the pod of a thread that asks: this process may hear of it later than of the thread. */
const podPatienceMs = 5_000;
const podAgainMs = 50;

export interface FarThreadsParts {
  readonly clock: Clock;
  readonly introductions: Introductions;
  /** Numbers the threads as this process knows them. */
  readonly nextId: () => PeerId;
  /** Names lead to the thread from now on, no more, and not at all. */
  readonly directory: {
    add(thread: Attached): void;
    leave(thread: Attached): void;
    remove(thread: Attached): void;
  };
  readonly trafficCounts: Pick<TrafficCounts<Attached>, "add" | "leave">;
  /** Whether a thread is of the pod that it says, and that pod the process' to have; undefined while the pod is not known. */
  readonly isGenuine: (identity: Identity, process: string) => boolean | undefined;
  /** Whom a process was begun with its id before: it goes first where both ask. */
  readonly isBefore: (process: FarProcess) => boolean;
}

/** One of their threads. */
interface FarThread {
  /** As this process knows it. */
  readonly thread: Attached;
  /** So many ports lead to it from threads here. */
  ports: number;
  /** It has ended. */
  exit?: Exit;
}

interface Theirs {
  /** Those that are there, by their ids in that process. */
  readonly threads: Map<PeerId, FarThread>;
  /** The same, and those that have ended and whose last words may still come. */
  readonly known: Map<Attached, FarThread>;
  /** What was asked of them, by port. */
  readonly asked: Map<number, { readonly from: Attached; readonly to: Attached }>;
}

export class FarThreads {
  readonly #parts: FarThreadsParts;
  readonly #processes = new Map<FarProcess, Theirs>();

  constructor(parts: FarThreadsParts) {
    this.#parts = parts;
  }

  // Threads of this process.

  attached(thread: Attached): void {
    this.#tellAll(joining(thread));
  }

  leaving({ id }: Attached): void {
    this.#tellAll({ type: "leaving", id });
  }

  gone({ id }: Attached, exit: Exit): void {
    this.#tellAll({ type: "gone", id, exit });
  }

  /** The control plane counts what all have sent; where there are several, one of them makes events of what is new. */
  traffic({ id }: Attached, report: TrafficReport): void {
    const asking = [...this.#processes.keys()].filter(({ name }) => speaksForCluster(name));
    const [first, ...others] = asking.toSorted((one, other) => (one.name < other.name ? -1 : 1));
    first?.tell({ type: "traffic", id, report } satisfies Told);
    for (const process of others) process.tell({ type: "traffic", id, report: { ...report, news: [] } });
  }

  // Other processes.

  opened(process: FarProcess): void {
    this.#processes.set(process, { threads: new Map(), known: new Map(), asked: new Map() });
    for (const thread of this.#parts.introductions.all()) {
      if (thread.far) continue;
      process.tell(joining(thread));
      if (thread.isLeaving) process.tell({ type: "leaving", id: thread.id } satisfies Told);
    }
  }

  told(process: FarProcess, value: unknown): void {
    const theirs = this.#processes.get(process);
    const told = toldIn(value);
    if (!theirs || !told) return;
    const known = theirs.threads.get(told.id);
    if (told.type === "thread") {
      if (!known && (told.identity || speaksForCluster(process.name)))
        this.#add(process, theirs, told.id, told.identity);
    } else if (known && told.type === "traffic") {
      this.#parts.trafficCounts.add(known.thread, told.report);
    } else if (known) {
      this.#parts.directory.leave(known.thread);
      if (told.type === "gone") this.#end(theirs, told.id, known, told.exit);
    }
  }

  broken(process: FarProcess, why: string): void {
    const theirs = this.#processes.get(process);
    if (!theirs) return;
    this.#processes.delete(process);
    const exit: Exit = { exitCode: 0, reason: "Unreachable", message: `${process.name}: ${why}` };
    for (const { from, to } of theirs.asked.values())
      from.tell({ type: "gone", peer: to.id, who: to.who, exit });
    for (const { thread, exit: own } of theirs.known.values()) this.#remove(thread, own ?? exit);
  }

  /** A thread asks for one of ours, or one of ours has asked and this is the answer. */
  port(process: FarProcess, port: number, kind: FrameKind, value: unknown): void {
    const theirs = this.#processes.get(process);
    if (!theirs) return;
    if (kind === frameKinds.ASK) {
      if (isAsking(value)) this.#asked(process, theirs, port, value);
      return;
    }
    const asked = theirs.asked.get(port);
    if (!theirs.asked.delete(port) || !asked) return;
    const { from, to } = asked;
    if (kind === frameKinds.ACCEPT) this.#introduce(process, theirs, port, from, to);
    else refuse(from, to, answerIn(value));
  }

  #add(process: FarProcess, theirs: Theirs, idThere: PeerId, identity: Identity | undefined): void {
    const { nextId, directory, introductions, isGenuine } = this.#parts;
    const thread = new Attached(nextId(), identity && { ...identity, copies: true }, nobody, {
      connect: from => this.#ask(process, from, thread, idThere),
      isGenuine: () => identity && isGenuine(identity, process.name),
    });
    const entry = { thread, ports: 0 };
    theirs.threads.set(idThere, entry);
    theirs.known.set(thread, entry);
    introductions.add(thread);
    directory.add(thread);
  }

  #ask(process: FarProcess, from: Attached, to: Attached, idThere: PeerId): void {
    const theirs = this.#processes.get(process);
    if (!theirs) return;
    if ([...theirs.asked.values()].some(asked => asked.from === from && asked.to === to)) return;
    const port = process.ask({ from: from.id, to: idThere });
    theirs.asked.set(port, { from, to });
  }

  #asked(process: FarProcess, theirs: Theirs, port: number, asking: Asking, since?: number): void {
    if (process.isBroken) return;
    const { introductions, clock } = this.#parts;
    const from = theirs.threads.get(asking.from)?.thread;
    const to = introductions.get(asking.to);
    const isKnown = from?.identity === undefined || from.far?.isGenuine() !== undefined;
    const begun = since ?? clock.elapsed();
    if (!isKnown && clock.elapsed() - begun < podPatienceMs) {
      // Which policies hold for it is known as soon as its pod has been seen here.
      clock.after(podAgainMs, () => this.#asked(process, theirs, port, asking, begun));
      return;
    }
    const refusal = this.#refusalOf(process, theirs, from, to, asking.to);
    if (refusal || !from || !to) {
      process.answer(port, frameKinds.REFUSE, refusal);
      return;
    }
    process.answer(port, frameKinds.ACCEPT);
    this.#introduce(process, theirs, port, to, from);
  }

  /** Why the one, which is theirs, gets no port to the other. */
  #refusalOf(
    process: FarProcess,
    theirs: Theirs,
    from: Attached | undefined,
    to: Attached | undefined,
    toId: PeerId,
  ): Answer | undefined {
    const { introductions, isBefore } = this.#parts;
    if (!from || to?.far) return { why: "forbidden", text: "who asks is not known" };
    if (from.identity && !from.far?.isGenuine()) {
      const text = `${from.identity.pod} is no pod of ${process.name}, which speaks for it`;
      return { why: "forbidden", text };
    }
    if (!to) return { why: "gone", exit: introductions.exitOf(toId) };
    if (to.isLeaving) return { why: "leaving" };
    const isAsked = [...theirs.asked.values()].some(each => each.from === to && each.to === from);
    if (to.connectedTo.has(from.id) || (isAsked && isBefore(process))) return { why: "crossed" };
    const text = introductions.denied(from, to);
    return text === undefined ? undefined : { why: "forbidden", text };
  }

  /** The thread here gets its end of the port; the other end is the process'. */
  #introduce(process: FarProcess, theirs: Theirs, port: number, here: Attached, far: Attached): void {
    const { introductions } = this.#parts;
    const { port1, port2 } = new MessageChannel();
    const entry = theirs.known.get(far);
    if (entry) entry.ports++;
    process.bridge(port, port2, () => {
      if (!entry) return;
      entry.ports--;
      if (entry.ports === 0 && entry.exit) this.#finish(theirs, entry);
    });
    if (entry && introductions.get(here.id) === here) introductions.meet(here, far, port1);
    else port1.close();
  }

  /** It has ended. What its ports still bring comes first. */
  #end(theirs: Theirs, id: PeerId, entry: FarThread, exit: Exit): void {
    entry.exit = exit;
    theirs.threads.delete(id);
    if (entry.ports === 0) this.#finish(theirs, entry);
    else this.#parts.clock.after(lastWordsMs, () => this.#finish(theirs, entry));
  }

  #finish(theirs: Theirs, entry: FarThread): void {
    if (theirs.known.delete(entry.thread) && entry.exit) this.#remove(entry.thread, entry.exit);
  }

  #remove(thread: Attached, exit: Exit): void {
    const { introductions, directory, trafficCounts } = this.#parts;
    if (!introductions.remove(thread, exit)) return;
    directory.remove(thread);
    trafficCounts.leave(thread);
  }

  #tellAll(told: Told): void {
    for (const process of this.#processes.keys()) process.tell(told);
  }
}

function joining({ id, identity }: Attached): Told {
  if (!identity) return { type: "thread", id };
  const { namespace, pod, uid, account, container, memoryBytes } = identity;
  return { type: "thread", id, identity: { namespace, pod, uid, account, container, memoryBytes } };
}

function refuse(from: Attached, to: Attached, answer: Answer | undefined): void {
  const { id: peer, who } = to;
  if (answer?.why === "gone") from.tell({ type: "gone", peer, who, exit: answer.exit });
  else if (answer?.why === "leaving") from.tell({ type: "refused", peer, who });
  else if (answer?.why === "forbidden") from.tell({ type: "forbidden", peer, text: answer.text });
  // What crossed is answered by the other's question.
}

/** The control plane's process, by its name: see FarOptions. */
export function speaksForCluster(process: string): boolean {
  return process.startsWith("/");
}

/** Nobody is told anything there: its own process does that. */
const nobody: Port = {
  postMessage() {},
  on() {},
  close() {},
  ref() {},
  unref() {},
};
