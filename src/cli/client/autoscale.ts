/** `k4s autoscale KIND/NAME --max N`: a HorizontalPodAutoscaler of the workload's name. */
import { ApiError } from "../../errors/index.ts";
import { Connection } from "./connection.ts";
import type { WhereOptions } from "./kubeconfig.ts";
import { apiVersionOf, oneTarget, pathOf, resourcesOf, theOne } from "./resources.ts";

export interface AutoscaleOptions extends WhereOptions {
  readonly min: number;
  readonly max: number;
  readonly cpu: number;
}

export async function autoscale(words: readonly string[], options: AutoscaleOptions): Promise<void> {
  const { min, max, cpu: averageUtilization } = options;
  if (max < min) throw new ApiError("BadRequest", `--max must be --min (${min}) or more, not ${max}`);
  const connection = new Connection(options);
  const { word, name } = oneTarget(words);
  const resources = await resourcesOf(connection);
  const target = theOne(word, resources);
  // What is not there is told now: an autoscaler would wait for it.
  await connection.text(pathOf(target, connection.namespace, name, "scale"));
  const resource = { name: "cpu", target: { type: "Utilization", averageUtilization } };
  const autoscalers = theOne("hpa", resources);
  await connection.text(pathOf(autoscalers, connection.namespace), {
    method: "POST",
    body: {
      apiVersion: apiVersionOf(autoscalers),
      kind: autoscalers.kind,
      metadata: { name },
      spec: {
        scaleTargetRef: { apiVersion: apiVersionOf(target), kind: target.kind, name },
        minReplicas: min,
        maxReplicas: max,
        metrics: [{ type: "Resource", resource }],
      },
    },
  });
  process.stdout.write(`horizontalpodautoscaler.autoscaling/${name} autoscaled\n`);
}
