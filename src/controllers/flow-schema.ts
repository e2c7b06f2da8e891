/** Tells of each FlowSchema whether the priority level that it names is there: its condition Dangling, in Kubernetes' words. */
import { controller, keyOf, settled, type Waker } from "../loop/index.ts";
import { timestamp } from "../outside/index.ts";
import { apiServerWriter } from "../store/index.ts";

const name = "api-priority-and-fairness-config-consumer-v1";

/** A level that comes or goes concerns those that name it. */
const levels: Waker = {
  kind: "PriorityLevelConfiguration",
  *keys({ key }, reader) {
    for (const { metadata, spec } of reader.list("FlowSchema"))
      if (spec?.priorityLevelConfiguration.name === key.name) yield keyOf("FlowSchema", "", metadata.name);
  },
};

export const flowSchema = controller({
  name,
  writer: apiServerWriter(name),
  kind: "FlowSchema",
  wokenBy: [levels],
  async reconcile(schema, world) {
    const level = schema.spec?.priorityLevelConfiguration.name ?? "";
    const isThere = world.get("PriorityLevelConfiguration", "", level) !== undefined;
    const named = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(level)}`;
    const message = isThere ? `${named} and it exists` : `${named} but there is no such object`;
    const status = isThere ? "False" : "True";
    const before = schema.status?.conditions?.find(({ type }) => type === "Dangling");
    if (before?.message === message) return settled;
    const isKept = before?.status === status;
    const lastTransitionTime = isKept ? before.lastTransitionTime : timestamp(world.now());
    const dangling = { type: "Dangling", status, reason: isThere ? "Found" : "NotFound", message };
    await world.report(schema, { conditions: [{ ...dangling, lastTransitionTime }] });
    return settled;
  },
});
