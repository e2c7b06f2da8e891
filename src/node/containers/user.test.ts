import { describe, expect, it } from "vitest";
import type { Pod, PodContainer, PodSpec } from "../../resources/index.ts";
import type { ImageConfig } from "../../worker/index.ts";
import { mustNotBeRoot, shownUser, userOf } from "./user.ts";

type Contexts = [ofPod: PodSpec["securityContext"], own: PodContainer["securityContext"]];

function imageOf(user?: string): ImageConfig {
  const commands = { entrypoint: [], cmd: [], env: {}, workingDir: "/" };
  return { ...commands, name: "x", source: "docker.io/x", system: "none", ...(user && { user }) };
}

const podWith = (securityContext: PodSpec["securityContext"]) =>
  ({
    metadata: { name: "p", namespace: "n", uid: "u" },
    spec: { containers: [], securityContext },
  }) as unknown as Pod;

describe("a container that must not be root", () => {
  const problemOf = ([ofPod, own]: Contexts, image: ImageConfig | undefined) => {
    try {
      mustNotBeRoot(podWith(ofPod), { name: "app", securityContext: own }, image);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  };
  const which = '(pod: "p_n(u)", container: app)';
  const asRoot = `container has runAsNonRoot and image will run as root ${which}`;
  const breaks = `container's runAsUser breaks non-root policy ${which}`;
  const unknown = `container has runAsNonRoot and image has non-numeric user (web), cannot verify user is non-root ${which}`;
  const asked = { runAsNonRoot: true };

  it.each<[what: string, contexts: Contexts, user: string | undefined, problem: string | undefined]>([
    ["need not be asked for", [undefined, undefined], undefined, undefined],
    ["is refused an image of root", [asked, undefined], undefined, asRoot],
    ["is refused it by itself too", [undefined, asked], "0:5", asRoot],
    ["may say itself that it may", [asked, { runAsNonRoot: false }], undefined, undefined],
    ["runs as the user of its image", [asked, undefined], "101:101", undefined],
    ["is refused a user by name", [asked, undefined], "web:web", unknown],
    ["may be given a user", [asked, { runAsUser: 1000 }], undefined, undefined],
    ["may get it from its pod", [{ runAsUser: 1000 }, asked], "web", undefined],
    ["cannot be user 0", [{ ...asked, runAsUser: 1000 }, { runAsUser: 0 }], "101", breaks],
  ])("%s", (_, contexts, user, problem) => {
    expect(problemOf(contexts, imageOf(user))).toBe(problem);
  });

  it("is not asked for the user of a module, unless it is given one", () => {
    expect(problemOf([asked, undefined], undefined)).toBeUndefined();
    expect(problemOf([asked, { runAsUser: 0 }], undefined)).toBe(breaks);
  });
});

it.each<[contexts: Contexts, user: string | undefined, shown: object]>([
  [[undefined, undefined], undefined, { uid: 0, gid: 0, supplementalGroups: [0] }],
  [[undefined, undefined], "101:102", { uid: 101, gid: 102, supplementalGroups: [102] }],
  [[undefined, undefined], "web", { uid: 0, gid: 0, supplementalGroups: [0] }],
  [
    [{ runAsUser: 1, fsGroup: 2, supplementalGroups: [3, 2] }, { runAsUser: 4 }],
    "101",
    { uid: 4, gid: 0, supplementalGroups: [0, 2, 3] },
  ],
])("shows as whom it runs by %j and an image of %s", ([ofPod, own], user, linux) => {
  const found = userOf(podWith(ofPod), { name: "app", securityContext: own }, imageOf(user));
  expect(shownUser(found)).toEqual({ linux });
});
