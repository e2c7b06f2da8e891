/**
 * Deadlines for a million requests a second. Nearly all of them use the same timeout, and nearly all are answered long
 * before; so for each timeout there is one list, whose order is the order in which its deadlines fall due. Adding and
 * removing are a few pointers, and each list has one timer, for its head. (Node's own timers are built alike, but cost a
 * Timeout object and its hooks for each.)
 */
import type { Clock, Timer } from "../outside/index.ts";

/** A thing with a deadline is a link of its list. Only this file touches the links. */
export abstract class Due {
  dueAt = 0;
  dueList: DueList | undefined = undefined;
  dueBefore: Due | undefined = undefined;
  dueAfter: Due | undefined = undefined;

  /** It is not due any more. Safe for one that never was. */
  notDue(): void {
    const list = this.dueList;
    if (list === undefined) return;
    if (this.dueBefore === undefined) list.head = this.dueAfter;
    else this.dueBefore.dueAfter = this.dueAfter;
    if (this.dueAfter === undefined) list.tail = this.dueBefore;
    else this.dueAfter.dueBefore = this.dueBefore;
    this.dueList = undefined;
    this.dueBefore = undefined;
    this.dueAfter = undefined;
  }
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
    item.dueAt = this.#clock.now() + timeoutMs;
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

  #arm(list: DueList, ms: number): void {
    list.timer = this.#clock.after(ms, () => this.#fire(list));
  }

  /** Most often the items for which the timer was set are long gone: then it is set again, for the one that is first now. */
  #fire(list: DueList): void {
    list.timer = undefined;
    const now = this.#clock.now();
    while (list.head !== undefined && list.head.dueAt <= now) {
      const item = list.head as T;
      item.notDue();
      this.#expire(item, list.timeoutMs);
    }
    if (list.timer !== undefined) return;
    if (list.head !== undefined) this.#arm(list, list.head.dueAt - now);
    else this.#lists.delete(list.timeoutMs);
  }
}
