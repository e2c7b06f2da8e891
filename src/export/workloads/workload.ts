/** What has pods: a Deployment, a Job, a pod alone, or what becomes one of them. */
import type { JsonMap } from "../../resources/index.ts";
import { type ApiObject, mapAt } from "../objects/index.ts";

export interface Workload {
  /** The object as it is declared, or as what it becomes, without its template. */
  readonly object: ApiObject;
  /** As notes name it, by what it was. */
  readonly about: string;
  readonly template: { readonly metadata: JsonMap; readonly spec: JsonMap };
  /** The object with this template. */
  with(template: JsonMap): ApiObject;
  /** What its pods are called, as far as that is certain. */
  readonly pods: readonly string[];
  /** As what k4s knew its one pod, where that gets another name. */
  readonly name: string | undefined;
  /** Its pods can be told apart by their names. */
  readonly hasOrdinals: boolean;
}

/** What the pods of a StatefulSet are called. */
export function ordinals(object: ApiObject): string[] {
  const spec = mapAt(object, "spec");
  const first = Number(mapAt(spec, "ordinals").start ?? 0);
  const count = Math.max(1, Number(spec.replicas ?? 1));
  return Array.from({ length: count }, (_, i) => `${object.metadata.name}-${first + i}`);
}
