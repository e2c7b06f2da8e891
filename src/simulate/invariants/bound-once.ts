/** A claim that is bound keeps its volume, and at rest a volume is bound to one claim at most. */
import type { PersistentVolumeClaim } from "../../resources/index.ts";
import type { MakeInvariant } from "../invariant.ts";

export const boundOnce: MakeInvariant = () => ({
  name: "no volume is bound to two claims",
  written({ type, key, object, previous, revision }) {
    if (key.kind !== "PersistentVolumeClaim" || type !== "MODIFIED") return undefined;
    const before = volumeOf(previous as PersistentVolumeClaim);
    const now = volumeOf(object as PersistentVolumeClaim);
    return before === "" || before === now
      ? undefined
      : `${key.name} had ${before} and has ${now} at ${revision}`;
  },
  settled({ record }) {
    const claims = new Map<string, string>();
    for (const claim of record.list("PersistentVolumeClaim")) {
      if (claim.status?.phase !== "Bound") continue;
      const other = claims.get(volumeOf(claim));
      if (other) return `${volumeOf(claim)} is bound to ${other} and to ${claim.metadata.name}`;
      claims.set(volumeOf(claim), claim.metadata.name);
    }
    return undefined;
  },
});

function volumeOf({ spec }: PersistentVolumeClaim): string {
  return spec?.volumeName ?? "";
}
