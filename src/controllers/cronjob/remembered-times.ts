/**
 * What the controller remembers of each CronJob, so that a look costs nothing until its time has come: a run comes each second,
 * and to search a calendar in a zone is dear. It holds for one generation of the object, as does what was told of it: what cannot be
 * is said once.
 */
import {
  type CronJob,
  type CronSchedule,
  type NamespacedName,
  namespacedName,
} from "../../resources/index.ts";
import { nextAfter, type Passed, passedBetween } from "./next-time.ts";

/** Where times are looked up; a test counts the questions. */
export interface Calendar {
  nextAfter(schedule: CronSchedule, ms: number, timeZone?: string): number | undefined;
  passedBetween(schedule: CronSchedule, from: number, until: number, timeZone?: string): Passed | undefined;
}

/** What a schedule named since `from`, and what it names next; undefined where it never does. Times are in milliseconds since 1970. */
export interface Times {
  readonly passed: Passed | undefined;
  readonly next: number | undefined;
  /** Whether it was looked up just now. */
  readonly isNew: boolean;
}

interface Looked extends Times {
  readonly from: number;
  readonly now: number;
}

interface Known {
  readonly uid: string;
  readonly generation: number | undefined;
  isTold: boolean;
  /** The last time that was told to be skipped, in milliseconds since 1970. */
  skipped: number | undefined;
  looked: Looked | undefined;
}

/** A date that does not come in years is looked for again after so long. */
const neverMs = 24 * 60 * 60_000;

export class RememberedTimes {
  readonly #known = new Map<string, Known>();
  readonly #calendar: Calendar;

  constructor(calendar: Calendar = { nextAfter, passedBetween }) {
    this.#calendar = calendar;
  }

  /** What the schedule named after `from` and until `now`, and what it names after that. */
  times(object: CronJob, schedule: CronSchedule, from: number, now: number): Times {
    const known = this.#of(object);
    const { looked } = known;
    if (looked && holds(looked, schedule, from, now)) return { ...looked, isNew: false };
    const { timeZone } = object.spec;
    const next = this.#calendar.nextAfter(schedule, now, timeZone);
    // Where none comes in years, none came in those before.
    const passed =
      next === undefined ? undefined : this.#calendar.passedBetween(schedule, from, now, timeZone);
    known.looked = { from, now, next, passed, isNew: true };
    return known.looked;
  }

  /** Whether what is wrong with the object, as it is now, is to be told: the first time only. */
  isNews(object: CronJob): boolean {
    const known = this.#of(object);
    const isNews = !known.isTold;
    known.isTold = true;
    return isNews;
  }

  /** Whether it is to be told that this time is skipped: once for each. */
  isSkippedAnew(object: CronJob, due: number): boolean {
    const known = this.#of(object);
    const isNew = known.skipped !== due;
    known.skipped = due;
    return isNew;
  }

  forget(name: NamespacedName): void {
    this.#known.delete(namespacedName(name));
  }

  #of({ metadata }: CronJob): Known {
    const { uid, generation } = metadata;
    const before = this.#known.get(namespacedName(metadata));
    if (before?.uid === uid && before.generation === generation) return before;
    const known = { uid, generation, isTold: false, skipped: undefined, looked: undefined };
    this.#known.set(namespacedName(metadata), known);
    return known;
  }
}

/** Until the next time comes nothing passes by; and a later `from` leaves out nothing before the first that did. */
function holds(looked: Looked, schedule: CronSchedule, from: number, now: number): boolean {
  // Such a time depends on when it is asked for, and costs nothing.
  if ("everyMs" in schedule) return false;
  const first = looked.passed?.first ?? Number.POSITIVE_INFINITY;
  const until = looked.next ?? looked.now + neverMs;
  return now >= looked.now && now < until && from >= looked.from && from < first;
}
