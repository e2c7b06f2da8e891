/**
 * Claims that were bound and whose volume is gone, or another's: they are `Lost`, and no new volume takes its place unseen, for the data
 * were on the other one.
 */
import { type Outcome, settled, type World } from "../../loop/index.ts";
import type { PersistentVolume, PersistentVolumeClaim } from "../../resources/index.ts";

interface Loss {
  readonly reason: "ClaimLost" | "ClaimMisbound";
  readonly message: string;
}

/** What a claim says of itself since it has its volume: also in a dump, which makes it bound in another cluster too. */
export const bindCompleted = "pv.kubernetes.io/bind-completed";

/** Whether it has had its volume: it gets no other. */
export function wasBound({ metadata, status }: PersistentVolumeClaim): boolean {
  return (
    status?.phase === "Bound" ||
    status?.phase === "Lost" ||
    metadata.annotations?.[bindCompleted] !== undefined
  );
}

/** What has become of the binding, in Kubernetes' words; a volume that names nobody any more is still the claim's. */
export function lossOf(
  { metadata, spec }: PersistentVolumeClaim,
  volume: PersistentVolume | undefined,
): Loss | undefined {
  if (!volume) {
    const what = spec?.volumeName ? "its" : "reference to";
    const message = `Bound claim has lost ${what} PersistentVolume. Data on the volume is lost!`;
    return { reason: "ClaimLost", message };
  }
  const { claimRef } = volume.spec ?? {};
  if (!claimRef || claimRef.uid === metadata.uid) return undefined;
  const message = "Two claims are bound to the same volume, this one is bound incorrectly";
  return { reason: "ClaimMisbound", message };
}

/** It has no size and no ways of access any more. Said once. */
export async function lost(
  claim: PersistentVolumeClaim,
  { reason, message }: Loss,
  world: World,
): Promise<Outcome> {
  if (claim.status?.phase === "Lost") return settled;
  const { accessModes: _1, capacity: _2, ...rest } = claim.status ?? {};
  const seen = await world.report(claim, { ...rest, phase: "Lost" });
  world.event(seen, "Warning", reason, message);
  return settled;
}
