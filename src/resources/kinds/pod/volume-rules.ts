/** What must be right in a pod's volumes: a name of its own, exactly one source, and what that source cannot do without. */
import type { Cause } from "../../../errors/index.ts";
import { duplicate, forbidden, invalidValue, required } from "../../faults.ts";
import type { Volume } from "../../generated/kubernetes.gen.ts";
import { dnsLabel, dnsSubdomain } from "../../names.ts";
import { type Source, volumeSourceFaults } from "./volume-source-rules.ts";

/** In the order in which Kubernetes looks: the first is the volume's, those after it are one too many. */
const sources = Object.keys({
  emptyDir: 0,
  hostPath: 0,
  gitRepo: 0,
  gcePersistentDisk: 0,
  awsElasticBlockStore: 0,
  secret: 0,
  nfs: 0,
  iscsi: 0,
  glusterfs: 0,
  persistentVolumeClaim: 0,
  rbd: 0,
  cinder: 0,
  cephfs: 0,
  flocker: 0,
  downwardAPI: 0,
  fc: 0,
  flexVolume: 0,
  azureFile: 0,
  configMap: 0,
  vsphereVolume: 0,
  quobyte: 0,
  photonPersistentDisk: 0,
  portworxVolume: 0,
  azureDisk: 0,
  storageos: 0,
  scaleIO: 0,
  csi: 0,
  ephemeral: 0,
  image: 0,
  projected: 0,
  // The compiler refuses this table if it lacks a source that a volume may have.
} satisfies Record<Source, 0>) as Source[];

/** @param pod where they are those of a pod, not of a template: claims are called after it */
export function volumeFaults(
  volumes: readonly Volume[],
  field: string,
  pod?: { readonly name?: string },
): Cause[] {
  const causes: Cause[] = [];
  const names = new Set<string>();
  volumes.forEach((volume, i) => {
    const found = oneVolumeFaults(volume, `${field}[${i}]`, pod);
    if (names.has(volume.name)) found.push(duplicate(`${field}[${i}].name`, volume.name));
    if (found.length === 0) names.add(volume.name);
    causes.push(...found);
  });
  return causes;
}

function oneVolumeFaults(volume: Volume, field: string, pod?: { readonly name?: string }): Cause[] {
  const { name } = volume;
  const causes: Cause[] = [];
  if (name === "") causes.push(required(`${field}.name`));
  else if (name) causes.push(...dnsLabel(name).map(wrong => invalidValue(`${field}.name`, name, wrong)));
  const [first, ...more] = sources.filter(source => volume[source]);
  if (first === undefined) causes.push(required(field, "must specify a volume type"));
  else causes.push(...volumeSourceFaults(volume, first, field));
  for (const source of more) {
    causes.push(forbidden(`${field}.${source}`, "may not specify more than 1 volume type"));
  }
  if (pod && first === "image" && !volume.image?.reference) causes.push(required(`${field}.image.reference`));
  if (pod?.name && name && first === "ephemeral") {
    const claim = `${pod.name}-${name}`;
    for (const wrong of dnsSubdomain(claim))
      causes.push(invalidValue(`${field}.name`, name, `PVC name ${JSON.stringify(claim)}: ${wrong}`));
  }
  return causes;
}
