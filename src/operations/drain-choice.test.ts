import { expect, test } from "vitest";
import type { Pod } from "../resources/index.ts";
import { type DrainRules, podsToMove } from "./drain-choice.ts";

const names = {
  force: "--force",
  deleteEmptyDirData: "--delete-emptydir-data",
  ignoreDaemonSets: "--ignore-daemonsets",
};

function pod(name: string, owner?: string, more: object = {}, phase = "Running"): Pod {
  const ownerReferences = owner ? [{ kind: owner, name: "o", uid: "u", controller: true }] : [];
  return {
    metadata: { namespace: "default", name, ownerReferences },
    spec: more,
    status: { phase },
  } as unknown as Pod;
}

const emptyDir = { volumes: [{ name: "v", emptyDir: {} }] };
const pods = {
  owned: pod("owned", "ReplicaSet"),
  alone: pod("alone"),
  ended: pod("ended", undefined, emptyDir, "Succeeded"),
  daemon: pod("daemon", "DaemonSet", emptyDir),
  endedDaemon: pod("ended-daemon", "DaemonSet", {}, "Failed"),
  data: pod("data", "StatefulSet", emptyDir),
};

test.each<[string, (keyof typeof pods)[], DrainRules, string[] | string, string[]?]>([
  ["owned pods go", ["owned"], {}, ["owned"]],
  ["what has ended goes, whatever it is", ["ended", "endedDaemon"], {}, ["ended", "ended-daemon"]],
  [
    "lone pods refuse",
    ["owned", "alone"],
    {},
    "cannot delete Pods that declare no controller (use --force to override): default/alone",
  ],
  [
    "lone pods go by force",
    ["alone"],
    { force: true },
    ["alone"],
    ["deleting Pods that declare no controller: default/alone"],
  ],
  [
    "pods of DaemonSets stay",
    ["daemon", "owned"],
    {},
    ["owned"],
    ["ignoring DaemonSet-managed Pods: default/daemon"],
  ],
  [
    "pods of DaemonSets refuse, and their data is no matter",
    ["daemon"],
    { ignoreDaemonSets: false },
    "cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore): default/daemon",
  ],
  [
    "pods with data refuse",
    ["data"],
    { force: true },
    "cannot delete Pods with local storage (use --delete-emptydir-data to override): default/data",
  ],
  [
    "pods with data go where that is said",
    ["data"],
    { deleteEmptyDirData: true },
    ["data"],
    ["deleting Pods with local storage: default/data"],
  ],
  [
    "all that refuses is said at once",
    ["alone", "data"],
    {},
    "cannot delete Pods with local storage (use --delete-emptydir-data to override): default/data; " +
      "cannot delete Pods that declare no controller (use --force to override): default/alone",
  ],
])("%s", (_, there, rules, outcome, warnings = []) => {
  const warned: string[] = [];
  const chosen = () =>
    podsToMove(
      there.map(name => pods[name]),
      rules,
      names,
      text => warned.push(text),
    ).map(({ metadata }) => metadata.name);
  if (typeof outcome === "string") expect(chosen).toThrow(expect.objectContaining({ message: outcome }));
  else expect(chosen()).toEqual(outcome);
  expect(warned).toEqual(warnings);
});
