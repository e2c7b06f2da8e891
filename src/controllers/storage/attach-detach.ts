/**
 * Which volumes are to be attached to which nodes, as by Kubernetes' attach-detach controller: a node with a pod that has a claim gets a
 * VolumeAttachment for its volume, where the volume's driver attaches; it goes when the last such pod has gone and the node has let the
 * volume go, or has not been heard of for six minutes. What one node at a time may have waits until the other has let it go.
 */
import { again, controller, keyOf, settled, type Waker, type World, waker } from "../../loop/index.ts";
import {
  attachmentName,
  claimNamesOf,
  hasEnded,
  isAttachRequired,
  isForOneNode,
  isInUseOn,
  isTerminating,
  isTrue,
  nameInUse,
  type PersistentVolume,
  type Pod,
  type VolumeAttachment,
} from "../../resources/index.ts";

/** So long a node that is not ready may say that it has a volume that nobody wants there (`maxWaitForUnmountDuration`). */
const longestMs = 360_000;
const outOfService = "node.kubernetes.io/out-of-service";

const volumeKey = (name: string) => keyOf("PersistentVolume", "", name);

const pods = waker("Pod", function* ({ type, object: pod, previous }, reader) {
  const isNews = type !== "MODIFIED" || pod.spec !== previous?.spec || hasEnded(pod);
  if (!isNews || !pod.spec.volumes) return;
  for (const name of claimNamesOf(pod)) {
    const claim = reader.get("PersistentVolumeClaim", pod.metadata.namespace ?? "", name);
    if (claim?.spec.volumeName) yield volumeKey(claim.spec.volumeName);
  }
});
const claims = waker("PersistentVolumeClaim", function* ({ object: { spec } }) {
  if (spec.volumeName) yield volumeKey(spec.volumeName);
});
const attachments = waker("VolumeAttachment", function* ({ object: { spec } }) {
  if (spec.source.persistentVolumeName) yield volumeKey(spec.source.persistentVolumeName);
});
const nodes: Waker = waker("Node", function* ({ type, object: node, previous }, reader) {
  const isNews =
    type === "DELETED" ||
    node.spec !== previous?.spec ||
    node.status?.volumesInUse !== previous?.status?.volumesInUse;
  if (!isNews) return;
  for (const { spec } of reader.list("VolumeAttachment"))
    if (spec.nodeName === node.metadata.name && spec.source.persistentVolumeName)
      yield volumeKey(spec.source.persistentVolumeName);
});
const drivers = waker("CSIDriver", function* ({ object: { metadata } }, reader) {
  for (const volume of reader.list("PersistentVolume"))
    if (volume.spec?.csi?.driver === metadata.name) yield volumeKey(volume.metadata.name);
});

/** Of one volume: what was told of its attachments, by uid, and to which pods that they wait; since when nobody wants it where it is. */
interface Known {
  readonly told: Map<string, string>;
  readonly unwanted: Map<string, number>;
}

export function attachDetach() {
  const known = new Map<string, Known>();
  return controller<"PersistentVolume">({
    name: "attachdetach-controller",
    kind: "PersistentVolume",
    wokenBy: [pods, claims, attachments, nodes, drivers],
    concerns: volume => volume.spec?.csi !== undefined,
    async reconcile(volume, world) {
      const { name } = volume.metadata;
      const found = attachmentsOf(name, world);
      const { csi } = volume.spec ?? {};
      const isAttached = csi && isAttachRequired(world.get("CSIDriver", "", csi.driver));
      if (!isAttached && found.length === 0) return settled;
      const memory = known.get(name) ?? { told: new Map(), unwanted: new Map() };
      known.set(name, memory);
      const users = isAttached ? usersOf(volume, world) : new Map<string, Pod[]>();
      forget(memory, found, users);
      const left = await detachUnwanted(volume, found, users, memory, world);
      for (const [node, those] of users) {
        const own = left.find(({ spec }) => spec.nodeName === node);
        if (own) tellOf(own, volume, those, memory, world);
        else if (isForOneNode(volume) && left.length > 0) tellWaiting(volume, those, users, memory, world);
        else left.push(await attach(volume, node, world));
      }
      return memory.unwanted.size > 0 ? again(longestMs) : settled;
    },
    async gone({ name }, world) {
      known.delete(name);
      for (const each of attachmentsOf(name, world)) if (!isTerminating(each)) await world.delete(each);
      return settled;
    },
  });
}

/** What is not there any more is not told of again. */
function forget(
  { told, unwanted }: Known,
  found: readonly VolumeAttachment[],
  users: ReadonlyMap<string, readonly Pod[]>,
): void {
  const there = new Set([...found, ...[...users.values()].flat()].map(({ metadata }) => metadata.uid));
  for (const memory of [told, unwanted])
    for (const uid of memory.keys()) if (!there.has(uid)) memory.delete(uid);
}

function attachmentsOf(volumeName: string, world: Pick<World, "list">): VolumeAttachment[] {
  return world.list("VolumeAttachment").filter(({ spec }) => spec.source.persistentVolumeName === volumeName);
}

/** By the name of their node: the pods that want the volume there. */
function usersOf({ metadata, spec }: PersistentVolume, world: World): Map<string, Pod[]> {
  const users = new Map<string, Pod[]>();
  const { name = "", namespace = "" } = spec?.claimRef ?? {};
  const claim = world.get("PersistentVolumeClaim", namespace, name);
  if (claim?.spec.volumeName !== metadata.name || claim.status?.phase !== "Bound") return users;
  for (const pod of world.list("Pod", { namespace })) {
    const { nodeName } = pod.spec;
    if (!nodeName || hasEnded(pod) || !claimNamesOf(pod).includes(name)) continue;
    users.set(nodeName, [...(users.get(nodeName) ?? []), pod]);
  }
  return users;
}

/** Resolves to those that are still there, also where they are going. */
async function detachUnwanted(
  volume: PersistentVolume,
  found: readonly VolumeAttachment[],
  users: ReadonlyMap<string, readonly Pod[]>,
  { unwanted, told }: Known,
  world: World,
): Promise<VolumeAttachment[]> {
  for (const each of found) {
    const { uid } = each.metadata;
    if (users.has(each.spec.nodeName) || isTerminating(each)) {
      unwanted.delete(uid);
      continue;
    }
    const since = unwanted.get(uid) ?? world.now();
    unwanted.set(uid, since);
    if (isHeld(volume, each, since, world)) continue;
    unwanted.delete(uid);
    told.delete(uid);
    await world.delete(each);
  }
  return [...found];
}

/** Whether the node has not let it go yet, and may still do so. */
function isHeld(
  { spec: volume }: PersistentVolume,
  { spec }: VolumeAttachment,
  since: number,
  world: World,
): boolean {
  const node = world.get("Node", "", spec.nodeName);
  if (!node || !isInUseOn(node, nameInUse(spec.attacher, volume?.csi?.volumeHandle ?? ""))) return false;
  if (node.spec?.taints?.some(({ key }) => key === outOfService)) return false;
  return isTrue(node, "Ready") || world.now() - since < longestMs;
}

function attach(
  { metadata, spec }: PersistentVolume,
  nodeName: string,
  world: World,
): Promise<VolumeAttachment> {
  const { driver: attacher = "", volumeHandle = "" } = spec?.csi ?? {};
  return world.create<VolumeAttachment>({
    apiVersion: "storage.k8s.io/v1",
    kind: "VolumeAttachment",
    metadata: { name: attachmentName(attacher, volumeHandle, nodeName) },
    spec: { attacher, nodeName, source: { persistentVolumeName: metadata.name } },
  });
}

/** Tells the pods what became of it, once. */
function tellOf(
  { metadata: { uid }, status }: VolumeAttachment,
  { metadata: { name } }: PersistentVolume,
  those: readonly Pod[],
  { told }: Known,
  world: World,
): void {
  const error = status?.attachError?.message;
  const said = status?.attached ? "attached" : error;
  if (said === undefined || told.get(uid) === said) return;
  told.set(uid, said);
  for (const pod of those) {
    if (status?.attached)
      world.event(
        pod,
        "Normal",
        "SuccessfulAttachVolume",
        `AttachVolume.Attach succeeded for volume "${name}" `,
      );
    else
      world.event(
        pod,
        "Warning",
        "FailedAttachVolume",
        `AttachVolume.Attach failed for volume "${name}" : ${error}`,
      );
  }
}

/** Tells the pods that the volume is elsewhere, once. */
function tellWaiting(
  { metadata: { name } }: PersistentVolume,
  those: readonly Pod[],
  users: ReadonlyMap<string, readonly Pod[]>,
  { told }: Known,
  world: World,
): void {
  const others = [...users.values()].flat().filter(pod => !those.includes(pod));
  const names = others.map(({ metadata }) => metadata.name).join(", ");
  const why = names
    ? `Volume is already used by pod(s) ${names}`
    : "Volume is already exclusively attached to one node and can't be attached to another";
  for (const pod of those) {
    if (told.has(pod.metadata.uid)) continue;
    told.set(pod.metadata.uid, why);
    world.event(pod, "Warning", "FailedAttachVolume", `Multi-Attach error for volume "${name}" ${why}`);
  }
}
