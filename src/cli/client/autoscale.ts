/** `k4s autoscale KIND/NAME --max N`: a HorizontalPodAutoscaler of the workload's name. */
import { ApiError } from "../../errors/index.ts";
import { autoscalerOf, type AutoscaleOptions as Limits } from "../../operations/index.ts";
import { Connection } from "./connection.ts";
import type { WhereOptions } from "./kubeconfig.ts";
import { apiVersionOf, oneTarget, pathOf, resourcesOf, theOne } from "./resources.ts";

export type AutoscaleOptions = WhereOptions & Required<Limits>;

export async function autoscale(words: readonly string[], options: AutoscaleOptions): Promise<void> {
  const { min, max } = options;
  if (max < min) throw new ApiError("BadRequest", `--max must be --min (${min}) or more, not ${max}`);
  const connection = new Connection(options);
  const { word, name } = oneTarget(words);
  const resources = await resourcesOf(connection);
  const target = theOne(word, resources);
  // What is not there is told now: an autoscaler would wait for it.
  await connection.text(pathOf(target, connection.namespace, name, "scale"));
  const autoscalers = theOne("hpa", resources);
  const where = {
    kind: target.kind,
    apiVersion: apiVersionOf(target),
    namespace: connection.namespace,
    name,
  };
  const body = autoscalerOf(where, options);
  await connection.text(pathOf(autoscalers, connection.namespace), { method: "POST", body });
  process.stdout.write(`horizontalpodautoscaler.autoscaling/${name} autoscaled\n`);
}
