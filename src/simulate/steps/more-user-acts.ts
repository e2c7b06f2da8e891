/** What users do besides: they go back to an earlier template, have pods made by the clock and by load, and ask for volumes. */
import type { Random } from "../../outside/index.ts";
import { bindingOf } from "../../resources/index.ts";
import { autoscaler, claim, cronJob, queueName, volume } from "./objects.ts";
import { type Act, oneOf, pick, type Stage } from "./step.ts";

function act(name: string, weight: number, play: Act["play"]): Act {
  return { name, weight, isFault: false, play };
}

const deployments = ["web-0", "web-1"] as const;

/** Some objects are there for others to be found: few names, so that they meet. */
const some = (random: Random, of: string) => `${of}-${random.below(4)}`;

function removeOne(
  kind: "CronJob" | "PersistentVolume" | "PersistentVolumeClaim" | "HorizontalPodAutoscaler",
) {
  return (stage: Stage, random: Random) => {
    const found = pick(stage.record.list(kind), random);
    if (!found) return undefined;
    const { name } = found.metadata;
    stage.request(`delete ${kind} ${name}`, cluster => cluster.delete(kind, name));
    return `delete ${kind} ${name}`;
  };
}

export const moreUserActs: readonly Act[] = [
  act("roll back a Deployment", 3, (stage, random) => {
    const name = oneOf(random, ...deployments);
    stage.request(`roll back Deployment ${name}`, cluster => cluster.rollout.undo(`Deployment/${name}`));
    return `roll back Deployment ${name}`;
  }),
  act("apply a CronJob", 2, (stage, random) => {
    const name = oneOf(random, "cron-0", "cron-1");
    const annotations = { "k4s.dev/hollow-exit-after": `${1 + random.below(100)}s:0` };
    stage.request(`apply CronJob ${name}`, cluster =>
      cluster.apply(cronJob({ app: name, version: "1", annotations })),
    );
    return `apply CronJob ${name}`;
  }),
  act("delete a CronJob", 2, removeOne("CronJob")),
  act("apply an autoscaler", 2, (stage, random) => {
    const name = oneOf(random, ...deployments);
    const most = 2 + random.below(5);
    stage.request(`apply HorizontalPodAutoscaler ${name}`, cluster => cluster.apply(autoscaler(name, most)));
    return `have Deployment ${name} scaled up to ${most}`;
  }),
  act("delete an autoscaler", 1, removeOne("HorizontalPodAutoscaler")),
  act("report a load", 3, (stage, random) => {
    const load = random.below(40);
    stage.request(`report a load of ${load}`, async cluster => cluster.reportExternal(queueName, load));
    return `report a load of ${load}`;
  }),
  act("create a volume", 4, (stage, random) => {
    const draft = volume(some(random, "volume"), 1 + random.below(4));
    stage.request("create a PersistentVolume", cluster => cluster.create(draft));
    return `create PersistentVolume ${draft.metadata.name}`;
  }),
  // Two at once, which may both want the same volume.
  act("create claims", 5, (stage, random) => {
    const drafts = [1, 2].map(() => claim(some(random, "claim"), 1 + random.below(4)));
    const what = `create PersistentVolumeClaims ${drafts.map(({ metadata }) => metadata.name).join(", ")}`;
    for (const draft of drafts) stage.request(what, cluster => cluster.create(draft));
    return what;
  }),
  // As another scheduler does: whoever comes second is refused.
  act("bind a Pod", 3, (stage, random) => {
    const found = pick(stage.record.list("Pod"), random)?.metadata;
    const node = pick(stage.record.list("Node"), random)?.metadata.name;
    if (!found || node === undefined) return undefined;
    const what = `bind Pod ${found.namespace}/${found.name} to ${node}`;
    stage.request(what, cluster => cluster.create(bindingOf(found, node)));
    return what;
  }),
  act("delete a volume", 1, removeOne("PersistentVolume")),
  act("delete a claim", 2, removeOne("PersistentVolumeClaim")),
];
