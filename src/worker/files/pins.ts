/**
 * Whether the place of a mount leads to itself: others may exchange it, or a folder above it, for a link, while it is mounted. To look at
 * each folder of the path costs ten times what opening a file does, so what was found there is remembered by what it is to
 * the system, and one question tells whether it still is that: a folder is the same, by whatever way it is reached.
 */
import fs from "node:fs";
import { dirname } from "node:path";

/** Linux's: a descriptor that only names what it was opened for. Node has no name for it. */
const O_PATH = 0o10000000;

/** Its number may be given to another file when it is gone, but not with the same time of birth. */
interface Identity {
  readonly dev: number;
  readonly ino: number;
  readonly born: number;
}

export class Pins {
  // As they are now: they are changed next.
  readonly #fs = { ...fs };
  readonly #seen = new Map<string, Identity>();

  /**
   * False also where nothing is there: who is moving a link to it may be done before the call that asks for it has begun, and that would
   * follow it.
   */
  leadsToItself(place: string): boolean {
    const seen = this.#seen.get(place);
    if (seen && isSame(seen, this.#at(place))) return true;
    this.#seen.delete(place);
    if (!this.#isItself(place)) return false;
    this.#remember(place);
    return true;
  }

  /** No link is in its place, nor in that of the last folder above it that is there. */
  mayBeMade(place: string): boolean {
    if (this.#isItself(place)) return true;
    const { existsSync, lstatSync } = this.#fs;
    if (existsSync(place) || lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink()) return false;
    const above = dirname(place);
    return above === place || this.mayBeMade(above);
  }

  #at(place: string): Identity | undefined {
    try {
      const stats = this.#fs.statSync(place, { throwIfNoEntry: false });
      return stats && identityOf(stats);
    } catch {
      // A circle of links, or a folder that may not be entered: whoever looks at the whole path says what that means.
      return undefined;
    }
  }

  #isItself(place: string): boolean {
    try {
      return this.#fs.realpathSync(place) === place;
    } catch {
      // It is not there, or in a circle of links.
      return false;
    }
  }

  /**
   * A descriptor is asked both where it is and what it is: nobody can exchange the place between these questions, and have what is elsewhere
   * remembered for good. Where the system cannot say it, the whole path is looked at each time.
   */
  #remember(place: string): void {
    if (process.platform !== "linux") return;
    const { openSync, readlinkSync, fstatSync, closeSync } = this.#fs;
    let descriptor: number | undefined;
    try {
      descriptor = openSync(place, O_PATH);
      if (readlinkSync(`/proc/self/fd/${descriptor}`) === place)
        this.#seen.set(place, identityOf(fstatSync(descriptor)));
    } catch {
      // It may not be there yet.
    } finally {
      if (descriptor !== undefined) closeSync(descriptor);
    }
  }
}

/** Where a file system knows no time of birth, that of the last change makes it be looked at once more. */
function identityOf({ dev, ino, birthtimeMs, ctimeMs }: fs.Stats): Identity {
  return { dev, ino, born: birthtimeMs || ctimeMs };
}

function isSame(one: Identity, other: Identity | undefined): boolean {
  return one.dev === other?.dev && one.ino === other.ino && one.born === other.born;
}
