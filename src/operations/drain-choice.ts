/**
 * Which pods leave a node that is drained, and why a drain is refused: kubectl's rules, in kubectl's words. Only what has ended goes
 * without being asked about, as nothing is lost by it.
 */
import { ApiError } from "../errors/index.ts";
import type { Pod } from "../resources/index.ts";

/** Which pods go that a drain refuses to move, or leaves alone, unless it is told to. */
export interface DrainRules {
  /** Pods that no controller owns go too, although nothing makes them anew. Default false: they refuse the drain. */
  readonly force?: boolean;
  /** Pods that have an emptyDir go too, although what is in it is lost. Default false: they refuse the drain. */
  readonly deleteEmptyDirData?: boolean;
  /** Pods of DaemonSets are left alone, as they would come back at once. Default true; false: they refuse the drain. */
  readonly ignoreDaemonSets?: boolean;
}

/** How the rules are called where they are given: `--force`, or `force: true`. */
export type RuleNames = Readonly<Record<keyof DrainRules, string>>;

const mirror = "kubernetes.io/config.mirror";

/**
 * The pods that have to go. Throws BadRequest where a rule refuses one, with all of them.
 * @param warn told, a line each, of pods that a rule lets go, or leaves alone
 */
export function podsToMove(
  pods: readonly Pod[],
  rules: DrainRules,
  names: RuleNames,
  warn: (text: string) => void = () => {},
): Pod[] {
  const { force = false, deleteEmptyDirData = false, ignoreDaemonSets = true } = rules;
  const fromHere = pods.filter(({ metadata }) => metadata.annotations?.[mirror] === undefined);
  const ofDaemons = fromHere.filter(pod => !hasEnded(pod) && isOfDaemonSet(pod));
  const going = fromHere.filter(pod => !ofDaemons.includes(pod));
  const running = going.filter(pod => !hasEnded(pod));
  const withData = running.filter(({ spec }) => spec.volumes?.some(({ emptyDir }) => emptyDir !== undefined));
  const alone = running.filter(pod => controllerOf(pod) === undefined);
  const questions = [
    [
      ignoreDaemonSets,
      ofDaemons,
      `DaemonSet-managed Pods (use ${names.ignoreDaemonSets} to ignore)`,
      "ignoring DaemonSet-managed Pods",
    ],
    [
      deleteEmptyDirData,
      withData,
      `Pods with local storage (use ${names.deleteEmptyDirData} to override)`,
      "deleting Pods with local storage",
    ],
    [
      force,
      alone,
      `Pods that declare no controller (use ${names.force} to override)`,
      "deleting Pods that declare no controller",
    ],
  ] as const;
  const asked = questions.filter(([, concerned]) => concerned.length > 0);
  const refused = asked.filter(([isAllowed]) => !isAllowed);
  if (refused.length > 0) {
    const problems = refused.map(([, pods, what]) => `cannot delete ${what}: ${placesOf(pods)}`);
    throw new ApiError("BadRequest", problems.join("; "));
  }
  for (const [, pods, , warning] of asked) warn(`${warning}: ${placesOf(pods)}`);
  return going;
}

function placesOf(pods: readonly Pod[]): string {
  return pods.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).join(", ");
}

function isOfDaemonSet(pod: Pod): boolean {
  return controllerOf(pod)?.kind === "DaemonSet";
}

// Not those of resources/: the command starts without all that is known of kinds.
function controllerOf({ metadata }: Pod) {
  return metadata.ownerReferences?.find(({ controller }) => controller);
}

function hasEnded({ status }: Pod): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}
