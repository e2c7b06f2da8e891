/**
 * What must be right in the annotations that mean something to Kubernetes, in pods and in templates: what it costs to delete a pod, and
 * the older form of two profiles. Whatever else stands in an annotation is its writer's.
 */
import type { Cause } from "../../../errors/index.ts";
import { forbidden, invalidValue } from "../../faults.ts";
import type { PodSpec } from "../../generated/kubernetes.gen.ts";
import { localPathFaults } from "./local-path-rules.ts";

type Annotations = Readonly<Record<string, string>>;

const deletionCost = "controller.kubernetes.io/pod-deletion-cost";
/** Of a pod that a node made from a file of its own. */
const mirror = "kubernetes.io/config.mirror";
const seccompOfPod = "seccomp.security.alpha.kubernetes.io/pod";
const seccompOfContainer = "container.seccomp.security.alpha.kubernetes.io/";
const appArmor = "container.apparmor.security.beta.kubernetes.io/";
const seccompProfiles = ["runtime/default", "docker/default", "unconfined"];
const localProfile = "localhost/";
const largestCost = 2 ** 31;

/** @param field of the annotations */
export function podAnnotationFaults(
  annotations: Annotations = {},
  spec: PodSpec,
  field: string,
  old?: Annotations,
): Cause[] {
  return [
    ...(old ? changeFaults(annotations, old, field) : []),
    ...(mirror in annotations && !spec.nodeName
      ? [
          invalidValue(
            `${field}[${mirror}]`,
            annotations[mirror],
            "must set spec.nodeName if mirror pod annotation is set",
          ),
        ]
      : []),
    ...costFaults(annotations[deletionCost], old?.[deletionCost], `${field}[${deletionCost}]`),
    ...Object.entries(annotations).flatMap(([key, profile]) => profileFaults(key, profile, spec, field)),
  ];
}

function isCost(text: string): boolean {
  if (!/^(?:0|-\d+|[1-9]\d*)$/.test(text)) return false;
  return Number(text) >= -largestCost && Number(text) < largestCost;
}

/** What was wrong before may stay so. */
function costFaults(cost: string | undefined, old: string | undefined, field: string): Cause[] {
  const isRight = cost === undefined || isCost(cost) || (old !== undefined && !isCost(old));
  return isRight ? [] : [invalidValue(field, cost, "must be a 32bit integer")];
}

function profileFaults(key: string, profile: string, spec: PodSpec, field: string): Cause[] {
  if (key === seccompOfPod || key.startsWith(seccompOfContainer)) {
    const path = `${field}.${key}`;
    if (seccompProfiles.includes(profile)) return [];
    if (profile.startsWith(localProfile)) return localPathFaults(profile.slice(localProfile.length), path);
    return [invalidValue(path, profile, "must be a valid seccomp profile")];
  }
  if (!key.startsWith(appArmor)) return [];
  const path = `${field}[${key}]`;
  const container = key.slice(appArmor.length);
  const { containers = [], initContainers = [] } = spec;
  const isThere = [...containers, ...initContainers].some(({ name }) => name === container);
  const isKnown = ["", "runtime/default", "unconfined"].includes(profile) || profile.startsWith(localProfile);
  const detail = `invalid AppArmor profile name: ${JSON.stringify(profile)}`;
  return [
    ...(isThere ? [] : [invalidValue(path, container, "container not found")]),
    ...(isKnown ? [] : [invalidValue(path, profile, detail)]),
  ];
}

/** Two of them stay as they are once the pod is there. */
function changeFaults(annotations: Annotations, old: Annotations, field: string): Cause[] {
  const kindOf = (key: string) =>
    key === mirror ? "mirror pod annotation" : key.startsWith(appArmor) ? "AppArmor annotations" : undefined;
  const told = (keys: readonly string[], verb: string) =>
    keys.flatMap(key => {
      const kind = kindOf(key);
      return kind ? [forbidden(`${field}[${key}]`, `may not ${verb} ${kind}`)] : [];
    });
  return [
    ...told(
      Object.keys(old).filter(key => annotations[key] !== old[key]),
      "remove or update",
    ),
    ...told(
      Object.keys(annotations).filter(key => !(key in old)),
      "add",
    ),
  ];
}
