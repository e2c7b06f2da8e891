/** Of Services a quota limits those that take something of the world outside: load balancers, and ports of the nodes. */
import { parseQuantity, type Quantity, type Service } from "../../resources/index.ts";
import type { QuotaEvaluator } from "./evaluator.ts";

export const services: QuotaEvaluator<Service> = {
  limits: resource => resource.startsWith("services."),
  usage({ spec: { type, ports = [] } = {} }) {
    const usage = new Map<string, Quantity>();
    if (type === "LoadBalancer") usage.set("services.loadbalancers", parseQuantity("1"));
    if (type === "LoadBalancer" || type === "NodePort")
      usage.set("services.nodeports", parseQuantity(String(ports.length)));
    return usage;
  },
};
