/**
 * Binding of claims to volumes that are there: a PersistentVolumeClaim gets the smallest PersistentVolume that offers what it asks
 * for, and the two name each other from then on. What no volume fits waits, and says for what. Nothing is provisioned here. The writes come
 * in Kubernetes' order: the volume names the claim first, so that no other claim can take it. What a claim has left is kept or
 * deleted, as the volume says.
 */
import {
  concerning,
  controller,
  keyOf,
  type Outcome,
  settled,
  type Waker,
  type World,
  waker,
} from "../../loop/index.ts";
import { timestamp } from "../../outside/index.ts";
import {
  fittingVolume,
  isTerminating,
  type KubernetesObject,
  lackOf,
  mismatchOf,
  type PersistentVolume,
  type PersistentVolumeClaim,
  provisionedBy,
} from "../../resources/index.ts";
import { isDelayed, tellWhy, tellWhyNot, uses, waitsForPod } from "./claim-waits.ts";
import { bindCompleted, lossOf, lost, wasBound } from "./lost-claims.ts";

const byController = "pv.kubernetes.io/bound-by-controller";
const provisioners = [
  "volume.beta.kubernetes.io/storage-provisioner",
  "volume.kubernetes.io/storage-provisioner",
];

type Phase = NonNullable<NonNullable<PersistentVolume["status"]>["phase"]>;

/** So long Kubernetes waits before it tells again what a claim waits for. */
const tellingMs = 15_000;

/** A claim that comes, changes or goes wakes the volumes that name it. */
const claims: Waker = {
  kind: "PersistentVolumeClaim",
  *keys({ key }, reader) {
    for (const volume of reader.list("PersistentVolume"))
      if (isFor(volume, key)) yield keyOf("PersistentVolume", "", volume.metadata.name);
  },
};

/** A volume that goes, or is given to another claim, wakes the claim that has it. */
const volumes = waker("PersistentVolume", function* ({ object, previous }, reader) {
  for (const { namespace = "", name = "" } of [object.spec?.claimRef ?? {}, previous?.spec?.claimRef ?? {}])
    if (reader.get("PersistentVolumeClaim", namespace, name))
      yield keyOf("PersistentVolumeClaim", namespace, name);
});

export function volumeBinding() {
  /** When what a claim waits for was told last, by uid. */
  const told = new Map<string, number>();
  return controller<"PersistentVolume" | "PersistentVolumeClaim">({
    kind: ["PersistentVolumeClaim", "PersistentVolume"],
    name: "persistentvolume-controller",
    wokenBy: [
      claims,
      volumes,
      concerning("PersistentVolume", "PersistentVolumeClaim", isPending),
      concerning("StorageClass", "PersistentVolumeClaim", isPending),
      concerning("Pod", "PersistentVolumeClaim", (claim, pod) => isPending(claim) && uses(pod, claim)),
    ],
    async reconcile(object, world) {
      // A volume that is to go is let go by its protection once it is not bound any more.
      if (object.kind === "PersistentVolume") return keepPhase(object, world);
      if (isTerminating(object)) return settled;
      if (wasBound(object)) {
        told.delete(object.metadata.uid);
        return keepBound(object, world);
      }
      const volume = volumeFor(object, world);
      if (volume) return bind(object, volume, world);
      const { volumeName } = object.spec ?? {};
      const driver = volumeName ? undefined : driverFor(object, world);
      if (driver !== undefined) await handOver(object, driver, world);
      const { uid } = object.metadata;
      if (world.now() - (told.get(uid) ?? Number.NEGATIVE_INFINITY) < tellingMs) return settled;
      told.set(uid, world.now());
      if (volumeName) tellWhyNot(object, volumeName, world);
      else tellWhy(object, world);
      return settled;
    },
  });
}

function isPending({ status }: PersistentVolumeClaim): boolean {
  return status?.phase !== "Bound";
}

/** Whether the volume names a claim of this name. */
function isFor(
  { spec }: PersistentVolume,
  { namespace, name }: { readonly namespace?: string | undefined; readonly name: string },
): boolean {
  return spec?.claimRef?.name === name && spec.claimRef.namespace === namespace;
}

async function keepPhase(volume: PersistentVolume, world: World): Promise<Outcome> {
  const { claimRef } = volume.spec ?? {};
  const claim = claimRef && world.get("PersistentVolumeClaim", claimRef.namespace ?? "", claimRef.name ?? "");
  const isNamed = claimRef?.uid !== undefined && claim?.metadata.uid === claimRef.uid;
  const isHeld = isNamed && ["", volume.metadata.name].includes(claim?.spec?.volumeName ?? "");
  const { persistentVolumeReclaimPolicy: policy } = volume.spec ?? {};
  // What was made for a claim that has another one now is of no use to anybody.
  const isUseless = volume.metadata.annotations?.[provisionedBy] !== undefined && policy === "Delete";
  if (isNamed && !isHeld && !isUseless) return free(volume, world);
  const phase = claimRef?.uid === undefined ? "Available" : isHeld ? "Bound" : "Released";
  if (phase === "Released" && volume.status?.phase === "Failed") return settled;
  if (phase === "Released" && volume.status?.phase === "Available" && claimRef) {
    // It never had that claim here: somebody wrote what was so in another cluster. What waits for a claim is not deleted as its rest.
    const { uid: _1, resourceVersion: _2, ...named } = claimRef;
    await world.update({ ...volume, spec: { ...volume.spec, claimRef: named } });
    return settled;
  }
  const seen = await inPhase(volume, phase, world);
  if (phase === "Released" && policy === "Delete" && !isTerminating(volume)) await reclaim(seen, world);
  return settled;
}

/** The claim that it names has another one. Where somebody else has named that claim, it waits for one of this name. */
async function free(volume: PersistentVolume, world: World): Promise<Outcome> {
  const { claimRef, ...spec } = volume.spec ?? {};
  const { [byController]: isOurChoice, ...annotations } = volume.metadata.annotations ?? {};
  const { uid: _1, resourceVersion: _2, ...named } = claimRef ?? {};
  const metadata = isOurChoice ? { ...volume.metadata, annotations } : volume.metadata;
  const offered = isOurChoice ? spec : { ...spec, claimRef: named };
  await inPhase(await world.update({ ...volume, metadata, spec: offered }), "Available", world);
  return settled;
}

/** Deletes what its claim has left. As in Kubernetes' controller, that can be done of a folder below /tmp, and of nothing else. */
async function reclaim(volume: PersistentVolume, world: World): Promise<void> {
  const { metadata, spec = {} } = volume;
  // Who made it deletes it.
  if (metadata.annotations?.[provisionedBy]) return;
  const path = spec.hostPath?.path;
  if (path !== undefined && /^\/tmp\/.+/.test(path)) return world.delete(volume);
  const message =
    path === undefined
      ? `error getting deleter volume plugin for volume "${metadata.name}": no deletable volume plugin matched`
      : `host_path deleter only supports /tmp/.+ but received provided ${path}`;
  await inPhase(volume, "Failed", world, message);
  world.event(volume, "Warning", "VolumeFailedDelete", message);
}

/** The volume as it is then. */
async function inPhase(
  volume: PersistentVolume,
  phase: Phase,
  world: World,
  message?: string,
): Promise<PersistentVolume> {
  if (volume.status?.phase === phase) return volume;
  const { message: _, ...before } = volume.status ?? {};
  const at = timestamp(world.now());
  return world.report(volume, { ...before, phase, ...(message && { message }), lastPhaseTransitionTime: at });
}

/** A claim that is bound keeps its volume, or says that it has lost it. It is bound again where the volume comes back. */
async function keepBound(claim: PersistentVolumeClaim, world: World): Promise<Outcome> {
  const volume = world.get("PersistentVolume", "", claim.spec?.volumeName ?? "");
  const loss = lossOf(claim, volume);
  if (loss) return lost(claim, loss, world);
  const isWhole = claim.status?.phase === "Bound" && volume?.spec?.claimRef !== undefined;
  return volume && !isWhole ? bind(claim, volume, world) : settled;
}

/** What the claim names, or the volume that is made for it, or else the smallest that fits. */
function volumeFor(claim: PersistentVolumeClaim, world: World): PersistentVolume | undefined {
  const { volumeName } = claim.spec ?? {};
  const isFree = ({ spec }: PersistentVolume) => !spec?.claimRef;
  const isOurs = (volume: PersistentVolume) =>
    isFor(volume, claim.metadata) && [undefined, claim.metadata.uid].includes(volume.spec?.claimRef?.uid);
  if (volumeName) {
    const named = world.get("PersistentVolume", "", volumeName);
    if (!named || isOurs(named)) return named;
    return isFree(named) && mismatchOf(named, claim) === undefined ? named : undefined;
  }
  const volumes = world.list("PersistentVolume").filter(volume => !isTerminating(volume));
  // What a driver made for the claim grows where it asks for more by now.
  const isMade = ({ metadata }: PersistentVolume) => metadata.annotations?.[provisionedBy] !== undefined;
  const made = volumes.find(each => isOurs(each) && (isMade(each) || lackOf(each, claim) === undefined));
  if (made) return made;
  if (isDelayed(claim, world)) return undefined;
  return fittingVolume(volumes, claim);
}

async function bind(claim: PersistentVolumeClaim, volume: PersistentVolume, world: World): Promise<Outcome> {
  const { apiVersion, kind, metadata } = claim;
  const { namespace, name, uid, resourceVersion } = metadata;
  let taken = volume;
  if (volume.spec?.claimRef?.uid !== uid) {
    const claimRef = { ...volume.spec?.claimRef, apiVersion, kind, namespace, name, uid, resourceVersion };
    const marked = volume.spec?.claimRef ? volume.metadata : annotated(volume, [byController, "yes"]);
    taken = await world.update({ ...volume, metadata: marked, spec: { ...volume.spec, claimRef } });
  }
  await inPhase(taken, "Bound", world);
  const { volumeName } = claim.spec ?? {};
  const marks = volumeName ? [] : ([[byController, "yes"]] as const);
  const given = { ...claim.spec, volumeName: volume.metadata.name };
  const named = { ...claim, metadata: annotated(claim, [bindCompleted, "yes"], ...marks), spec: given };
  const { accessModes, capacity } = taken.spec ?? {};
  const told = await world.update(named);
  await world.report(told, { ...told.status, phase: "Bound", accessModes, capacity });
  return settled;
}

function annotated(
  { metadata }: KubernetesObject,
  ...marks: readonly (readonly [string, string])[]
): KubernetesObject["metadata"] {
  return { ...metadata, annotations: { ...metadata.annotations, ...Object.fromEntries(marks) } };
}

/** Who is to make a volume for the claim, if it is to be made now. */
function driverFor(claim: PersistentVolumeClaim, world: World): string | undefined {
  const { provisioner } = world.get("StorageClass", "", claim.spec?.storageClassName ?? "") ?? {};
  const isMade = provisioner !== undefined && provisioner !== "kubernetes.io/no-provisioner";
  return isMade && !waitsForPod(claim, world) ? provisioner : undefined;
}

async function handOver(claim: PersistentVolumeClaim, driver: string, world: World): Promise<void> {
  const marks = provisioners.map(mark => [mark, driver] as const);
  if (marks.every(([mark, value]) => claim.metadata.annotations?.[mark] === value)) return;
  await world.update({ ...claim, metadata: annotated(claim, ...marks) });
}
