/**
 * Deadlines for a million requests a second. Nearly all of them use the same timeout, and nearly all are answered long
 * before; so for each timeout there is one list, whose order is the order in which its deadlines fall due. Adding and
 * removing are a few pointers, and each list has one timer, for its head. (Node's own timers are built alike, but cost a
 * Timeout object and its hooks for each.) The clock is read twice a turn of the event loop, not once a message.
 */
import type { Clock, Timer } from "../../outside/index.ts";

/** A turn of the event loop. What is asked in it is posted when it ends, and the time runs from there. */
interface Moment {
  at: number;
}

/** A thing with a deadline is a link of its list. Only this file touches the links. */
export interface Due {
  dueFrom: Moment | undefined;
  dueList: DueList | undefined;
  dueBefore: Due | undefined;
  dueAfter: Due | undefined;
}

/** It is not due any more. Safe for one that never was. */
export function notDue(item: Due): void {
  const list = item.dueList;
  if (list === undefined) return;
  const { dueBefore, dueAfter } = item;
  if (dueBefore === undefined) list.head = dueAfter;
  else dueBefore.dueAfter = dueAfter;
  if (dueAfter === undefined) list.tail = dueBefore;
  else dueAfter.dueBefore = dueBefore;
  item.dueList = undefined;
  item.dueBefore = undefined;
  item.dueAfter = undefined;
}

interface DueList {
  readonly timeoutMs: number;
  head: Due | undefined;
  tail: Due | undefined;
  timer: Timer | undefined;
}

export class Deadlines<T extends Due> {
  readonly #clock: Clock;
  readonly #expire: (item: T, timeoutMs: number) => void;
  #moment: Moment | undefined;
  readonly #lists = new Map<number, DueList>();

  /** Calls `expire` for each item whose time is up, a few milliseconds late at most. */
  constructor(clock: Clock, expire: (item: T, timeoutMs: number) => void) {
    this.#clock = clock;
    this.#expire = expire;
  }

  /** From now on the item is due in `timeoutMs`. Infinity: never. */
  add(item: T, timeoutMs: number): void {
    if (timeoutMs === Number.POSITIVE_INFINITY) return;
    let list = this.#lists.get(timeoutMs);
    if (list === undefined) {
      list = { timeoutMs, head: undefined, tail: undefined, timer: undefined };
      this.#lists.set(timeoutMs, list);
    }
    item.dueFrom = this.#moment ?? this.#newMoment();
    item.dueList = list;
    item.dueBefore = list.tail;
    if (list.tail === undefined) list.head = item;
    else list.tail.dueAfter = item;
    list.tail = item;
    if (list.timer === undefined) this.#arm(list, timeoutMs);
  }

  /** Lets go of every timer. */
  clear(): void {
    for (const list of this.#lists.values()) list.timer?.cancel();
    this.#lists.clear();
  }

  #newMoment(): Moment {
    const moment = { at: this.#clock.elapsed() };
    this.#moment = moment;
    this.#clock.soon(() => {
      moment.at = this.#clock.elapsed();
      this.#moment = undefined;
    });
    return moment;
  }

  #arm(list: DueList, ms: number): void {
    list.timer = this.#clock.after(ms, () => this.#fire(list));
  }

  /** Most often the items for which the timer was set are long gone: then it is set again, for the one that is first now. */
  #fire(list: DueList): void {
    list.timer = undefined;
    const now = this.#clock.elapsed();
    while (list.head !== undefined && dueAt(list.head, list) <= now) {
      const item = list.head as T;
      notDue(item);
      this.#expire(item, list.timeoutMs);
    }
    if (list.timer !== undefined) return;
    if (list.head !== undefined) this.#arm(list, dueAt(list.head, list) - now);
    else this.#lists.delete(list.timeoutMs);
  }
}

function dueAt({ dueFrom }: Due, { timeoutMs }: DueList): number {
  return (dueFrom?.at ?? 0) + timeoutMs;
}
