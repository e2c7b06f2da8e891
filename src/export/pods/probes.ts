/**
 * Probes and hooks of a worker function: what k4s asks the thread (`event-loop`, `request`, `send`) the kubelet asks the runtime over HTTP.
 * All others are as they were.
 */
import type { JsonMap } from "../../resources/index.ts";
import { probePaths } from "../agreed/index.ts";
import { mapAt, textsAt, without } from "../objects/index.ts";

export const probeNames = ["startupProbe", "livenessProbe", "readinessProbe"] as const;

/** Whether k4s asks the container itself. */
export function isAsked(handler: JsonMap): boolean {
  const [word] = textsAt(mapAt(handler, "exec"), "command");
  return word === "event-loop" || word === "request" || word === "send";
}

/** The same question, asked at the runtime. */
export function askedOverHttp(handler: JsonMap, name: string, port: number): JsonMap {
  const [word, body] = textsAt(mapAt(handler, "exec"), "command");
  const isReadiness = name === "readinessProbe";
  const query = new URLSearchParams({
    ...(isReadiness && { failures: String(handler.failureThreshold ?? 3) }),
    ...(word !== "event-loop" && body !== undefined && { request: body }),
  });
  const paths = word === "send" ? probePaths.send : isReadiness ? probePaths.readiness : probePaths.liveness;
  const path = query.size > 0 ? `${paths}?${query}` : paths;
  return { ...without(handler, "exec"), httpGet: { path, port } };
}
