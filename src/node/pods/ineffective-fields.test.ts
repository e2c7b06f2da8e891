import { expect, test } from "vitest";
import type { PodSpec } from "../../resources/index.ts";
import { withoutEffectIn } from "./ineffective-fields.ts";

const own = (more: object) => ({ containers: [{ name: "app", image: "x", ...more }] });
const context = (securityContext: object) => own({ securityContext });
const at = "spec.containers[0]";

test.each<[what: string, spec: Partial<PodSpec>, paths: string[]]>([
  ["nothing", own({}), []],
  ["what is so anyway", { hostPID: false, hostNetwork: false, hostUsers: true }, []],
  [
    "false in a container",
    context({ privileged: false, runAsNonRoot: false, allowPrivilegeEscalation: true }),
    [],
  ],
  ["empty lists", context({ capabilities: { add: [], drop: [] }, seLinuxOptions: {} }), []],
  ["no confinement", context({ seccompProfile: { type: "Unconfined" }, procMount: "Default" }), []],
  ["what k4s enforces", context({ readOnlyRootFilesystem: true, runAsNonRoot: true }), []],
  [
    "the host's namespaces",
    { hostPID: true, hostIPC: true, hostNetwork: true },
    ["spec.hostIPC", "spec.hostNetwork", "spec.hostPID"],
  ],
  ["users of its own", { hostUsers: false }, ["spec.hostUsers"]],
  [
    "sysctls",
    { securityContext: { sysctls: [{ name: "a", value: "1" }] } },
    ["spec.securityContext.sysctls"],
  ],
  [
    "user 0",
    context({ runAsUser: 0, runAsGroup: 0 }),
    [`${at}.securityContext.runAsGroup`, `${at}.securityContext.runAsUser`],
  ],
  [
    "fewer rights",
    context({ capabilities: { drop: ["ALL"] }, allowPrivilegeEscalation: false }),
    [`${at}.securityContext.allowPrivilegeEscalation`, `${at}.securityContext.capabilities`],
  ],
  ["a device", own({ volumeDevices: [{ name: "d", devicePath: "/dev/d" }] }), [`${at}.volumeDevices`]],
  [
    "a port of the host",
    own({ ports: [{ containerPort: 80, hostPort: 8080 }, { containerPort: 81 }] }),
    [`${at}.ports[0].hostPort`],
  ],
  [
    "ports on the host's network",
    { ...own({ ports: [{ containerPort: 80, hostPort: 80 }] }), hostNetwork: true },
    ["spec.hostNetwork"],
  ],
  [
    "an init container",
    { initContainers: [{ name: "i", securityContext: { privileged: true } }] },
    ["spec.initContainers[0].securityContext.privileged"],
  ],
])("asks for %s", (_, spec, paths) => {
  expect(withoutEffectIn({ ...own({}), ...spec } as PodSpec)).toEqual(paths);
});
