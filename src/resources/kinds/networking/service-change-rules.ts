/** What of a Service stays once it is given: clients keep its address, and who balances its load keeps what it was asked for. */
import type { Cause } from "../../../errors/index.ts";
import { forbidden, invalidValue } from "../../faults.ts";
import type { ServiceSpec } from "../../generated/kubernetes.gen.ts";
import { wantsHealthCheckPort } from "./service-allocation.ts";

export function serviceChangeFaults(spec: ServiceSpec, old: ServiceSpec): Cause[] {
  return [
    ...addressChangeFaults(spec, old),
    ...balancerChangeFaults(spec, old),
    ...healthCheckChangeFaults(spec, old),
  ];
}

function addressChangeFaults(spec: ServiceSpec, old: ServiceSpec): Cause[] {
  if (spec.type === "ExternalName" || old.type === "ExternalName") return [];
  const [before] = old.clusterIPs ?? [];
  const [now] = spec.clusterIPs ?? [];
  if (before === undefined || before === now) return [];
  const detail = now === undefined ? "primary clusterIP can not be unset" : "may not change once set";
  return [invalidValue("spec.clusterIPs[0]", spec.clusterIPs, detail)];
}

function balancerChangeFaults({ type, loadBalancerClass }: ServiceSpec, old: ServiceSpec): Cause[] {
  const stays = type === "LoadBalancer" && old.type === "LoadBalancer";
  if (!stays || loadBalancerClass === old.loadBalancerClass) return [];
  return [invalidValue("spec.loadBalancerClass", loadBalancerClass, "may not change once set")];
}

function healthCheckChangeFaults(spec: ServiceSpec, old: ServiceSpec): Cause[] {
  const stays = wantsHealthCheckPort(spec) && wantsHealthCheckPort(old);
  if (!stays || spec.healthCheckNodePort === old.healthCheckNodePort) return [];
  return [forbidden("spec.healthCheckNodePort", "field is immutable")];
}
