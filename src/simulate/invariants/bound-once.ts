/** A claim that is bound keeps its volume, a volume passes from no claim to another without being free, and at rest it is bound to one claim at most. */
import type { PersistentVolume, PersistentVolumeClaim } from "../../resources/index.ts";
import type { MakeInvariant } from "../invariant.ts";

export const boundOnce: MakeInvariant = () => ({
  name: "no volume is bound to two claims",
  written({ type, key, object, previous, revision }) {
    if (type !== "MODIFIED") return undefined;
    if (key.kind === "PersistentVolume") {
      const [before, now] = [previous, object].map(volume => (volume as PersistentVolume).spec?.claimRef);
      return before?.uid === undefined || now?.uid === undefined || before.uid === now.uid
        ? undefined
        : `${key.name} was taken from ${before.name} by ${now.name} at ${revision}`;
    }
    if (key.kind !== "PersistentVolumeClaim") return undefined;
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
