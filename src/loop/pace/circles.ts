/**
 * Circles: a controller writes, another undoes it (or the write itself wakes its author), and so on without end. No
 * controller sees that by itself, since each run is right. The loop sees it, for every controller:
 *
 * - the same is written again: a child that was made before and is gone again, an object that gets a content it had before;
 * - an update was caused, directly or by way of other writers, by an update of the same object from the same key, or came
 *   in a run that the controller asked for itself (`again`);
 * - a child was made because of another child with a name generated alike: children that end at once, say;
 * - an object was made because of another, and that because of a third, through dozens of them: each has a key of its own, so
 *   the runs of all of them are held back.
 *
 * Where that happens often in a short time, the key is held back: twice as long each time, as after failures. What a person
 * causes, directly or by way of other writers, is no circle: it begins anew what was counted.
 *
 * Most keys write now and then. A key is only watched closely once it has written far more often than that, so this costs
 * nearly nothing.
 */
import { hash } from "node:crypto";
import { setBounded } from "../../outside/index.ts";
import type { KubernetesObject } from "../../resources/index.ts";
import type { Change, ObjectKey } from "../../store/index.ts";
import { isPersonal, type WorkItem } from "../queue/index.ts";
import { type BackOff, backOffMs } from "./back-off.ts";

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
/** From so many objects on that were made because of one another, a controller makes them without end. */
const manyGenerations = 32;
/** How many of the last creations are remembered. */
const rememberedCreations = 2_048;
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
  /** The last write of a person that the runs were found to come of, by its revision. Only of a key that is watched closely. */
  person: number;
  /** What was written, as text; for a creation with the uid of what was made. Only of a key that is watched closely. */
  readonly marks: Map<string, string>;
  /** The last updates and creations: the revisions that they made, and what they were of. */
  readonly causes: Map<number, string>;
}

/** An object that the controller made. */
interface Generation {
  /** Of how many others it comes, one because of the other; those not counted that the same key made, as a job makes its pods. */
  readonly number: number;
  /** The key whose run made it. */
  readonly by: string;
  readonly at: number;
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
  /** The object as it was written last. */
  readonly object: KubernetesObject;
  /** Whether this is the first time: then it should be told. */
  readonly isFirst: boolean;
}

/** What is asked of the store. */
export interface CircleSight {
  /** Whether an object with this uid exists. */
  isThere(uid: string): boolean;
  /** The write that made a revision, while that is remembered. */
  change(revision: number): Pick<Change, "cause" | "user"> | undefined;
}

export class Circles {
  readonly #trails = new Map<string, Trail>();
  readonly #sight: CircleSight;
  readonly #backOff: BackOff;
  /** What runs made, by its revision and by its place: a run that the clock brings about has no cause. */
  readonly #generations = new Map<number | string, Generation>();
  /** The trail of objects that are made because of one another; undefined while there are none. */
  #spawn: Trail | undefined;

  constructor(sight: CircleSight, backOff: BackOff = defaultBackOff) {
    this.#sight = sight;
    this.#backOff = backOff;
  }

  /** For how long a run is to wait before it begins: one that may make an object more of those that make one another. */
  waitBefore(item: WorkItem, now: number): number {
    if (!this.#spawn || this.#spawn.heldMs === 0 || item.isPersonal) return 0;
    const last = this.#generationBefore(item);
    if (last === undefined || last.number < manyGenerations) return 0;
    return Math.max(0, last.at + this.#spawn.heldMs - now);
  }

  /** Takes note of what a run wrote. Returns for how long the key is to be held back; undefined where it is not. */
  note(key: string, item: WorkItem, written: readonly MadeWrite[], now: number): Hold | undefined {
    if (item.isPersonal) this.#trails.delete(key);
    if (written.length === 0) return undefined;
    return this.#noteSpawn(key, item, written, now) ?? this.#noteKey(key, item, written, now);
  }

  #noteKey(key: string, item: WorkItem, written: readonly MadeWrite[], now: number): Hold | undefined {
    const trail = nextOf(this.#trails.get(key), now);
    this.#trails.set(key, trail);
    if (trail.level <= manyRuns) return undefined;
    const person = this.#personBehind(item);
    if (person > trail.person) {
      this.#trails.set(key, { ...nextOf(undefined, now), person });
      return undefined;
    }
    const isFar = trail.level > veryManyRuns;
    const causes = isFar ? this.#causesOf(trail, item) : none;
    const isOwn = (isFar && item.isAsked) || causes.some(what => what.startsWith("update "));
    let repeated: MadeWrite | undefined;
    for (const write of written) {
      const what = nameOf(write);
      const isAgain = this.#isRepeated(trail, what, write);
      const isSelfCaused = isOwn ? isAmong(trail.causes, what) : causes.includes(what);
      if (isAgain || isSelfCaused) repeated = write;
    }
    for (const write of written) remember(trail, nameOf(write), write);
    return repeated && this.#hold(trail, repeated);
  }

  #noteSpawn(by: string, item: WorkItem, written: readonly MadeWrite[], now: number): Hold | undefined {
    const made = written.filter(({ verb }) => verb === "create").slice(0, remembered);
    const [first] = made;
    if (!first) return undefined;
    const last = item.isPersonal ? undefined : this.#generationBefore(item);
    const number = last === undefined ? 1 : last.number + (last.by === by ? 0 : 1);
    for (const { object } of made) {
      const { namespace = "", name, resourceVersion } = object.metadata;
      for (const key of [Number(resourceVersion), placeOf({ kind: object.kind, namespace, name })])
        setBounded(this.#generations, key, { number, by, at: now }, rememberedCreations);
    }
    if (number < manyGenerations) return undefined;
    this.#spawn = nextOf(this.#spawn, now);
    return this.#spawn.level > manyRuns ? this.#hold(this.#spawn, first) : undefined;
  }

  #hold(trail: Trail, write: MadeWrite): Hold {
    trail.rounds++;
    trail.heldMs = backOffMs(this.#backOff, trail.rounds);
    return {
      ms: trail.heldMs,
      what: nameOf(write),
      object: write.object,
      isFirst: trail.rounds === 1,
    };
  }

  /** What the run is about, if the controller made it, or what it made last of what the chain of causes leads back to. */
  #generationBefore({ key, cause }: WorkItem): Generation | undefined {
    const own = this.#generations.get(placeOf(key));
    let next = own ? undefined : cause;
    for (let steps = 0; next !== undefined && steps < chainLimit; steps++) {
      const known = this.#generations.get(next);
      if (known) return known;
      next = this.#sight.change(next)?.cause;
    }
    return own;
  }

  /** The revision of the write that a person made and that the chain of causes begins with; 0 where there is none. */
  #personBehind({ cause }: WorkItem): number {
    let revision = cause ?? 0;
    for (let steps = 0; steps < chainLimit; steps++) {
      const change = this.#sight.change(revision);
      if (change?.cause === undefined) return change && isPersonal(change) ? revision : 0;
      revision = change.cause;
    }
    return 0;
  }

  /** Forgets the keys that have not written for a while. */
  sweep(now: number): void {
    for (const [key, trail] of this.#trails) if (isOver(trail, now)) this.#trails.delete(key);
    if (this.#spawn && isOver(this.#spawn, now)) this.#spawn = undefined;
  }

  /** The writes of its own that the chain of causes leads back to. */
  #causesOf({ causes }: Trail, { cause }: WorkItem): string[] {
    const own: string[] = [];
    let next = cause;
    for (let steps = 0; next !== undefined && steps < chainLimit; steps++) {
      const what = causes.get(next);
      if (what !== undefined) own.push(what);
      next = this.#sight.change(next)?.cause;
    }
    return own;
  }

  #isRepeated({ marks }: Trail, what: string, { verb, object }: MadeWrite): boolean {
    const uid = marks.get(markOf(what, verb, object));
    if (uid === undefined) return false;
    return verb !== "create" || !this.#sight.isThere(uid);
  }
}

/** Where an object is: keys name the group of a kind that is not built in, objects do not. */
function placeOf({ kind, namespace, name }: ObjectKey): string {
  return `${kind.split(".", 1)[0]}/${namespace}/${name}`;
}

/** The trail with one run more, begun anew where it is over. */
function nextOf(trail: Trail | undefined, now: number): Trail {
  if (!trail || isOver(trail, now))
    return { level: 1, at: now, rounds: 0, heldMs: 0, person: 0, marks: new Map(), causes: new Map() };
  trail.level = levelAt(trail, now) + 1;
  trail.at = now;
  return trail;
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
  return `${what} ${hash("sha1", text, "base64")}`;
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
