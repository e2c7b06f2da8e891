/** A CronJob that forbids it never has two Jobs that go on at the same time, whoever leads. */
import { controllerOf, type Job } from "../../resources/index.ts";
import type { MakeInvariant } from "../invariant.ts";

export const oneJobAtATime: MakeInvariant = () => ({
  name: "a CronJob has one Job at a time",
  written({ type, key, object, revision }, { record }) {
    const owner = controllerOf(object);
    if (key.kind !== "Job" || type !== "ADDED" || owner?.kind !== "CronJob") return undefined;
    const others = record
      .list("Job", key.namespace)
      .filter(job => job.metadata.name !== key.name && controllerOf(job)?.uid === owner.uid && goesOn(job));
    const [other] = others;
    return other && `${owner.name} begins ${key.name} at ${revision}, while ${other.metadata.name} goes on`;
  },
});

function goesOn({ metadata, status }: Job): boolean {
  const isOver = status?.conditions?.some(
    ({ type, status }) => status === "True" && /^(Complete|Failed)$/.test(type),
  );
  return !isOver && metadata.deletionTimestamp === undefined;
}
