/**
 * Circles: a controller writes, another undoes it (or the write itself wakes its author), and so on without end. No
 * controller sees that by itself, since each run is right. The loop sees it, for every controller:
 *
 * - the same is written again: a child that was made before and is gone again, an object that gets a content it had before;
 * - an update was caused, directly or by way of other writers, by an update of the same object from the same key, or came
 *   in a run that the controller asked for itself (`again`);
 * - a child was made because of another child with a name generated alike: children that end at once, say.
 *
 * Where that happens often in a short time, the key is held back: twice as long each time, as after failures. What a person
 * causes is no circle: it is not held back, and it begins anew what was counted.
 *
 * Most keys write now and then. A key is only watched closely once it has written far more often than that, so this costs
 * nearly nothing.
 */
import { createHash } from "node:crypto";
import { setBounded } from "../outside/index.ts";
import type { KubernetesObject } from "../resources/index.ts";
import { type BackOff, backOffMs } from "./back-off.ts";
import type { WorkItem } from "./work-item.ts";

/** From so many runs that wrote on, a key is watched closely. */
const manyRuns = 20;
/** From so many on, a key whose updates cause themselves is in a circle, although each says something new. */
const veryManyRuns = 100;
/** As many of them are forgotten each second. */
const forgottenPerSecond = 2;
/** A circle is over when there was no write for so long, and for three times as long as the key was held back last. */
const calmMs = 10_000;
/** How far a chain of causes is followed. */
const chainLimit = 32;
/** How many of the last writes are remembered of a key that is watched closely. */
const remembered = 64;

/** Twice as long each time. The longest is short, so that a key that gets out of a circle is not held back for long. */
const defaultBackOff: BackOff = { firstMs: 10, limitMs: 30_000 };

const none: readonly string[] = [];

/** What is known of a key that writes. */
interface Trail {
  /** How many runs wrote lately; what was forgotten is subtracted. */
  level: number;
  /** When that was so, in milliseconds since 1970. */
  at: number;
  /** How often a circle was seen. */
  rounds: number;
  /** For how long the key was held back last, in milliseconds. */
  heldMs: number;
  /** What was written, as text; for a creation with the uid of what was made. Only of a key that is watched closely. */
  readonly marks: Map<string, string>;
  /** The last updates and creations: the revisions that they made, and what they were of. */
  readonly causes: Map<number, string>;
}

/** A write of a run, as far as it takes to see a circle. */
export interface MadeWrite {
  readonly verb: "create" | "update" | "delete";
  /** The object as written. */
  readonly object: KubernetesObject;
}

/** A key is to be held back. */
export interface Hold {
  readonly ms: number;
  /** What is written again and again: `update Pod demo/web`. */
  readonly what: string;
  /** Whether this is the first time: then it should be told. */
  readonly isFirst: boolean;
}

export class Circles {
  readonly #trails = new Map<string, Trail>();
  readonly #isThere: (uid: string) => boolean;
  readonly #causeOf: (revision: number) => number | undefined;
  readonly #backOff: BackOff;

  /** `isThere`: whether an object with this uid exists; `causeOf`: the cause of a revision, while that is remembered. */
  constructor(
    isThere: (uid: string) => boolean,
    causeOf: (revision: number) => number | undefined,
    backOff: BackOff = defaultBackOff,
  ) {
    this.#isThere = isThere;
    this.#causeOf = causeOf;
    this.#backOff = backOff;
  }

  /** Takes note of what a run wrote. Returns for how long the key is to be held back; undefined where it is not. */
  note(key: string, item: WorkItem, written: readonly MadeWrite[], now: number): Hold | undefined {
    if (item.isPersonal) this.#trails.delete(key);
    if (written.length === 0) return undefined;
    const trail = this.#trailOf(key, now);
    if (trail.level <= manyRuns) return undefined;
    const isFar = trail.level > veryManyRuns;
    const causes = isFar ? this.#causesOf(trail, item) : none;
    const isOwn = (isFar && item.isAsked) || causes.some(what => what.startsWith("update "));
    let repeated: string | undefined;
    for (const write of written) {
      const what = nameOf(write);
      const isAgain = this.#isRepeated(trail, what, write);
      const isSelfCaused = isOwn ? isAmong(trail.causes, what) : causes.includes(what);
      if (isAgain || isSelfCaused) repeated = what;
    }
    for (const write of written) remember(trail, nameOf(write), write);
    if (repeated === undefined) return undefined;
    trail.rounds++;
    trail.heldMs = backOffMs(this.#backOff, trail.rounds);
    return { ms: trail.heldMs, what: repeated, isFirst: trail.rounds === 1 };
  }

  /** Forgets the keys that have not written for a while. */
  sweep(now: number): void {
    for (const [key, trail] of this.#trails) if (isOver(trail, now)) this.#trails.delete(key);
  }

  #trailOf(key: string, now: number): Trail {
    const trail = this.#trails.get(key);
    if (!trail || isOver(trail, now)) {
      const fresh = { level: 1, at: now, rounds: 0, heldMs: 0, marks: new Map(), causes: new Map() };
      this.#trails.set(key, fresh);
      return fresh;
    }
    trail.level = levelAt(trail, now) + 1;
    trail.at = now;
    return trail;
  }

  /** The writes of its own that the chain of causes leads back to. */
  #causesOf({ causes }: Trail, { cause }: WorkItem): string[] {
    const own: string[] = [];
    let next = cause;
    for (let steps = 0; next !== undefined && steps < chainLimit; steps++) {
      const what = causes.get(next);
      if (what !== undefined) own.push(what);
      next = this.#causeOf(next);
    }
    return own;
  }

  #isRepeated({ marks }: Trail, what: string, { verb, object }: MadeWrite): boolean {
    const uid = marks.get(markOf(what, verb, object));
    if (uid === undefined) return false;
    return verb !== "create" || !this.#isThere(uid);
  }
}

/** A key in a circle writes seldom because it is held back: nothing of it is forgotten until it is over. */
function levelAt({ level, at, rounds }: Trail, now: number): number {
  return rounds > 0 ? level : Math.max(0, level - (forgottenPerSecond * (now - at)) / 1_000);
}

/** Nothing is left to remember: it wrote seldom, or not at all for much longer than it was held back. */
function isOver(trail: Trail, now: number): boolean {
  if (trail.rounds > 0) return now - trail.at > calmMs + 3 * trail.heldMs;
  return levelAt(trail, now) === 0;
}

/** `create Pod demo/web-*`: an object, or those that get generated names. */
function nameOf({ verb, object: { kind, metadata } }: MadeWrite): string {
  const { namespace, name, generateName } = metadata;
  const called = generateName ? `${generateName}*` : name;
  return `${verb} ${kind} ${namespace ? `${namespace}/` : ""}${called}`;
}

function isAmong(causes: ReadonlyMap<number, string>, what: string): boolean {
  for (const known of causes.values()) if (known === what) return true;
  return false;
}

function remember({ marks, causes }: Trail, what: string, { verb, object }: MadeWrite): void {
  const mark = markOf(what, verb, object);
  setBounded(marks, mark, object.metadata.uid, remembered);
  if (verb !== "delete") setBounded(causes, Number(object.metadata.resourceVersion), what, remembered);
}

/** A creation and a deletion are told by what they are of, an update by its content, too. */
function markOf(what: string, verb: MadeWrite["verb"], object: KubernetesObject): string {
  if (verb !== "update") return what;
  const text = JSON.stringify(object, (name, value: unknown) =>
    changesAnyhow.has(name) ? undefined : value,
  );
  return `${what} ${createHash("sha1").update(text).digest("base64")}`;
}

/** What is another in each version, or with each second. */
const changesAnyhow: ReadonlySet<string> = new Set([
  "resourceVersion",
  "generation",
  "observedGeneration",
  "managedFields",
  "lastTransitionTime",
  "lastUpdateTime",
  "lastHeartbeatTime",
  "lastProbeTime",
]);
