/**
 * Who watches sees every change once, and in order: whatever its watch was told before, by whichever program, the next event is the
 * next change of the kind. Otherwise it is told Expired, and that is looked at as a beginning: what is there is told as it was in the
 * revision that is said.
 */
import type { MakeInvariant } from "../invariant.ts";

export const watchIsComplete: MakeInvariant = () => ({
  name: "a watcher sees every change once and in order",
  watched(watched, { record }) {
    const { kind, revision } = watched;
    if ("listed" in watched) {
      const there = record.stateAt(kind, revision);
      for (const [name, at] of there)
        if (watched.listed.get(name) !== at)
          return `${kind} ${name} is listed at ${watched.listed.get(name) ?? "nothing"} in revision ${revision}, and was at ${at}`;
      const more = [...watched.listed.keys()].find(name => !there.has(name));
      return more && `${kind} ${more} is listed in revision ${revision}, and was not there`;
    }
    const { after, type, name } = watched;
    const next = record.next(kind, after);
    if (type === "BOOKMARK")
      return next && next.revision <= revision
        ? `a watch of ${kind} has told everything up to ${revision}, and not ${next.type} at ${next.revision}`
        : undefined;
    if (
      next?.revision === revision &&
      next.type === type &&
      `${next.key.namespace}/${next.key.name}` === name
    )
      return undefined;
    const right = next ? `${next.type} ${next.key.name} at ${next.revision}` : "nothing";
    return `a watch of ${kind} has told ${type} ${name} at ${revision} after ${after}, where ${right} came next`;
  },
  settled({ record, watching }) {
    for (const { kind, position } of watching) {
      if (position === undefined) return `nobody has told a watch of ${kind} what is there`;
      const next = record.next(kind, position);
      if (next) return `a watch of ${kind} has not told ${next.type} ${next.key.name} at ${next.revision}`;
    }
    return undefined;
  },
});
