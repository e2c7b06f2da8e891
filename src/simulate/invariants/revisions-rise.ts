/** Each write has a higher revision than every write before it, in all processes, and its object says so. */
import type { MakeInvariant } from "../invariant.ts";

export const revisionsRise: MakeInvariant = () => {
  let last = 0;
  return {
    name: "revisions never go back",
    written({ revision, object, key }) {
      const before = last;
      last = Math.max(last, revision);
      if (revision <= before) return `revision ${revision} of ${key.kind} ${key.name} came after ${before}`;
      if (object.metadata.resourceVersion === String(revision)) return undefined;
      return `${key.kind} ${key.name} says ${object.metadata.resourceVersion} at revision ${revision}`;
    },
  };
};
