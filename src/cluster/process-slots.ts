/**
 * The programs that share a cluster in etcd: each has a slot of its own, from which its nodes have their names and its pods their addresses,
 * so that those of two are never the same. A slot stays with the machine that had it first: a program that is started there again, after
 * however it ended, has the same nodes again.
 */
import { hostname } from "node:os";
import { ApiError } from "../errors/index.ts";
import { isOrphaned, ownMark } from "../outside/index.ts";

/** One that was taken. Its place in the list is its number. */
interface Slot {
  /** What the names of its nodes begin with. */
  readonly prefix: string;
  readonly host: string;
  /** Whose it is: see own-folders.ts. */
  readonly mark: string;
  /** The same program, as it is called in etcd while it is there. */
  readonly identity: string;
}

/** How many there are: as many as there are ranges for the pods of each. */
const most = 31;

export interface OwnSlot {
  readonly number: number;
  readonly prefix: string;
}

/** Who asks, and whose slots can be had again. */
export interface Asking {
  readonly host: string;
  readonly mark: string;
  readonly identity: string;
  /** Whether a process of this machine has ended. */
  readonly isGone: (mark: string) => boolean;
  /** Whether a program, of whichever machine, is there. */
  readonly isPresent: (identity: string) => boolean;
}

export function thisProgram(identity: string, isPresent: Asking["isPresent"]): Asking {
  // A node's name is a DNS subdomain.
  const host = hostname()
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, "-")
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, "");
  return { host: host.slice(0, 40) || "host", mark: ownMark(), identity, isGone: isOrphaned, isPresent };
}

/**
 * The list with ours in it. Those of programs of other machines that are gone are given away only when there is no other. Throws
 * ServiceUnavailable where all are taken.
 * @param kept the list as it was, as text; undefined where there is none
 */
export function withOwnSlot(
  kept: string | undefined,
  { host, mark, identity, isGone, isPresent }: Asking,
): { readonly text: string; readonly own: OwnSlot } {
  const slots = kept === undefined ? [] : (JSON.parse(kept) as Slot[]);
  const own = slots.findIndex(slot => slot.mark === mark || (slot.host === host && isGone(slot.mark)));
  const left = slots.length < most ? slots.length : slots.findIndex(slot => !isPresent(slot.identity));
  const number = own >= 0 ? own : left;
  if (number < 0)
    throw new ApiError(
      "ServiceUnavailable",
      `${most} programs have this cluster in common already: no more can`,
    );
  const names = new Set(slots.map(({ prefix }) => prefix));
  const prefix = own >= 0 ? (slots[own]?.prefix ?? host) : firstFree(host, names);
  const all = [...slots];
  all[number] = { prefix, host, mark, identity };
  return { text: JSON.stringify(all), own: { number, prefix } };
}

function firstFree(host: string, taken: ReadonlySet<string>): string {
  for (let n = 1; ; n++) {
    const prefix = n === 1 ? host : `${host}-p${n}`;
    if (!taken.has(prefix)) return prefix;
  }
}
