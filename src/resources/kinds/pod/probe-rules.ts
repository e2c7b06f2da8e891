/** What must be right in probes and in what is called when a container starts and stops: one handler, sensible times. */
import type { Cause } from "../../../errors/index.ts";
import { forbidden, invalidValue, required } from "../../faults.ts";
import type { LifecycleHandler, Probe } from "../../generated/kubernetes.gen.ts";
import { portFaults, portOrNameFaults } from "../networking/index.ts";

/** What a probe, or a hook, can do. In the order in which the second one is refused. */
type Handler = Pick<Probe, "exec" | "httpGet" | "tcpSocket" | "grpc"> & Pick<LifecycleHandler, "sleep">;

const handlers = ["exec", "httpGet", "tcpSocket", "grpc", "sleep"] as const;
const numbers = [
  "initialDelaySeconds",
  "timeoutSeconds",
  "periodSeconds",
  "successThreshold",
  "failureThreshold",
] as const;

export function probeFaults(
  probe: Probe,
  field: string,
  role: "liveness" | "readiness" | "startup",
): Cause[] {
  const causes = handlerFaults(probe, field);
  for (const name of numbers) {
    const value = probe[name] ?? 0;
    if (value < 0) causes.push(invalidValue(`${field}.${name}`, value, "must be greater than or equal to 0"));
  }
  const { successThreshold, terminationGracePeriodSeconds: grace } = probe;
  // Where a failure means a restart, there is no going back to success by degrees.
  if (role !== "readiness" && successThreshold !== undefined && successThreshold !== 1) {
    causes.push(invalidValue(`${field}.successThreshold`, successThreshold, "must be 1"));
  }
  if (grace === undefined) return causes;
  const path = `${field}.terminationGracePeriodSeconds`;
  if (role === "readiness") causes.push(invalidValue(path, grace, "must not be set for readinessProbes"));
  else if (grace < 1) causes.push(invalidValue(path, grace, "must be greater than 0"));
  return causes;
}

/** @param grace the seconds in which its pod has to end */
export function hookFaults(hook: LifecycleHandler, field: string, grace: number): Cause[] {
  const causes = handlerFaults(hook, field);
  const seconds = hook.sleep?.seconds ?? 0;
  if (seconds < 0) {
    causes.push(invalidValue(`${field}.sleep.seconds`, seconds, "must be greater than or equal to 0"));
  } else if (seconds > grace) {
    const detail = `must be non-negative and less than terminationGracePeriodSeconds (${grace})`;
    causes.push(invalidValue(`${field}.sleep.seconds`, seconds, detail));
  }
  return causes;
}

function handlerFaults(handler: Handler, field: string): Cause[] {
  const given = handlers.filter(name => handler[name]);
  if (given.length === 0) return [required(field, "must specify a handler type")];
  const [first, ...more] = given;
  const causes = more.map(name => forbidden(`${field}.${name}`, "may not specify more than 1 handler type"));
  const { exec, httpGet, tcpSocket, grpc } = handler;
  // Only the first is looked at: the others have to go anyway.
  if (first === "exec" && !exec?.command?.length) causes.push(required(`${field}.exec.command`));
  if (first === "httpGet" && httpGet?.port !== undefined) {
    causes.push(...portOrNameFaults(httpGet.port, `${field}.httpGet.port`));
  }
  if (first === "tcpSocket" && tcpSocket?.port !== undefined) {
    causes.push(...portOrNameFaults(tcpSocket.port, `${field}.tcpSocket.port`));
  }
  if (first === "grpc" && grpc?.port !== undefined)
    causes.push(...portFaults(grpc.port, `${field}.grpc.port`));
  return causes;
}
