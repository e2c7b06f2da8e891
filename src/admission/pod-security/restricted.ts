/** What a pod must say beyond `baseline` at the level `restricted`: a check for each row of the standard. */
import type { PodSpec, Volume } from "../../resources/index.ts";
import { addedCapabilities, hasUserNamespace, seccompBaseline } from "./baseline.ts";
import {
  type Check,
  containersNamed,
  type PodContainer,
  plural,
  quoted,
  setters,
  sortedSet,
} from "./check.ts";

function isWindows({ os }: PodSpec): boolean {
  return os?.name === "windows";
}

export const allowPrivilegeEscalation: Check = ({ spec, containers }) => {
  const bad = containers.filter(({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false);
  if (isWindows(spec) || bad.length === 0) return undefined;
  return {
    reason: "allowPrivilegeEscalation != false",
    detail: `${containersNamed(bad)} must set securityContext.allowPrivilegeEscalation=false`,
  };
};

export const unrestrictedCapabilities: Check = ({ spec, containers }) => {
  if (isWindows(spec)) return undefined;
  const beyond = (container: PodContainer) =>
    addedCapabilities(container).filter(name => name !== "NET_BIND_SERVICE");
  const keeping = containers.filter(
    ({ securityContext }) => !securityContext?.capabilities?.drop?.includes("ALL"),
  );
  const adding = containers.filter(container => beyond(container).length > 0);
  const details = [
    ...(keeping.length > 0
      ? [`${containersNamed(keeping)} must set securityContext.capabilities.drop=["ALL"]`]
      : []),
    ...(adding.length > 0
      ? [
          `${containersNamed(adding)} must not include ${quoted(sortedSet(adding.flatMap(beyond)))} in securityContext.capabilities.add`,
        ]
      : []),
  ];
  return details.length > 0 ? { reason: "unrestricted capabilities", detail: details.join("; ") } : undefined;
};

const safeVolumes = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "image",
  "persistentVolumeClaim",
  "projected",
  "secret",
];

export const restrictedVolumes: Check = ({ spec }) => {
  const sourceOf = (volume: Volume) => Object.keys(volume).find(name => name !== "name") ?? "unknown";
  const bad = (spec.volumes ?? []).filter(volume => !safeVolumes.some(name => name in volume));
  if (bad.length === 0) return undefined;
  const types = sortedSet(bad.map(sourceOf));
  const volumes = `${plural("volume", "volumes", bad.length)} ${quoted(bad.map(({ name }) => name))}`;
  const what = plural("restricted volume type", "restricted volume types", types.length);
  const detail = `${volumes} ${plural("uses", "use", bad.length)} ${what} ${quoted(types)}`;
  return { reason: "restricted volume types", detail };
};

export const runAsNonRoot: Check = ({ spec, containers }) => {
  if (hasUserNamespace(spec)) return undefined;
  const reason = "runAsNonRoot != true";
  const ofPod = spec.securityContext?.runAsNonRoot;
  const own = ({ securityContext }: PodContainer) => securityContext?.runAsNonRoot;
  const who = setters(
    ofPod === false,
    containers.filter(container => own(container) === false),
  );
  if (who !== undefined) return { reason, detail: `${who} must not set securityContext.runAsNonRoot=false` };
  const silent = containers.filter(container => own(container) === undefined);
  if (ofPod === true || silent.length === 0) return undefined;
  return { reason, detail: `pod or ${containersNamed(silent)} must set securityContext.runAsNonRoot=true` };
};

export const runAsUser: Check = ({ spec, containers }) => {
  if (hasUserNamespace(spec)) return undefined;
  const who = setters(
    spec.securityContext?.runAsUser === 0,
    containers.filter(({ securityContext }) => securityContext?.runAsUser === 0),
  );
  return who === undefined ? undefined : { reason: "runAsUser=0", detail: `${who} must not set runAsUser=0` };
};

export const seccompRestricted: Check = subject => {
  const { spec, containers } = subject;
  if (isWindows(spec)) return undefined;
  const bad = seccompBaseline(subject);
  if (bad) return bad;
  const silent = containers.filter(({ securityContext }) => securityContext?.seccompProfile === undefined);
  if (spec.securityContext?.seccompProfile !== undefined || silent.length === 0) return undefined;
  return {
    reason: "seccompProfile",
    detail: `pod or ${containersNamed(silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
  };
};
