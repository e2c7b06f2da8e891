/**
 * Opens the node ports of Services of the types NodePort and LoadBalancer (node-ports.ts), and tells where they are reached. A balancer that
 * a real cluster would have outside is this machine's loopback here, at the node ports: `ipMode: Proxy` says that pods do not go there.
 */
import { type Controller, controller, settled, type World } from "../../loop/index.ts";
import { isTerminating, type Service, withCondition, withoutCondition } from "../../resources/index.ts";
import { type NodePorts, nodePortAddress, type OpenPort } from "./node-ports.ts";

const movedType = "NodePortMoved";
const uncheckedType = "HealthCheckNodePortNotServed";

export function nodePortController(ports: NodePorts): Controller<"Service"> {
  return controller({
    name: "node-port-controller",
    kind: "Service",
    wokenBy: [],
    async reconcile(service, world) {
      const { namespace = "", name } = service.metadata;
      if (!isReached(service) || isTerminating(service)) {
        await ports.drop(namespace, name);
        await report(service, withoutBalancer(service), { open: [] }, world);
        return settled;
      }
      const open = await ports.keep(service);
      const isBalanced = service.spec.type === "LoadBalancer" && !service.spec.loadBalancerClass;
      const status = isBalanced ? withBalancer(service, open) : withoutBalancer(service);
      if (isBalanced && !service.status?.loadBalancer?.ingress)
        world.event(service, "Normal", "EnsuredLoadBalancer", "Ensured load balancer");
      const healthCheckFault = ports.healthCheckFault(namespace, name);
      await report(service, status, { open, ...(healthCheckFault && { healthCheckFault }) }, world);
      return settled;
    },
    async gone({ namespace, name }) {
      await ports.drop(namespace, name);
      return settled;
    },
  });
}

function isReached({ spec }: Service): boolean {
  return spec.type === "NodePort" || spec.type === "LoadBalancer";
}

type Status = NonNullable<Service["status"]>;

function withBalancer({ status }: Service, open: readonly OpenPort[]): Status {
  const ports = open.map(({ port, listens }) => ({
    port: listens ?? port.port,
    protocol: port.protocol ?? ("TCP" as const),
    ...(listens === undefined && { error: "k4s.dev/NotServed" }),
  }));
  return { ...status, loadBalancer: { ingress: [{ ip: nodePortAddress, ipMode: "Proxy", ports }] } };
}

/** What another controller has written of a balancer stands. */
function withoutBalancer({ status = {} }: Service): Status {
  const [first] = status.loadBalancer?.ingress ?? [];
  return first?.ip === nodePortAddress ? { ...status, loadBalancer: {} } : status;
}

async function report(
  service: Service,
  status: Status,
  { open, healthCheckFault }: { readonly open: readonly OpenPort[]; readonly healthCheckFault?: string },
  world: World,
): Promise<void> {
  const moved = open.filter(({ port, listens, why }) => port.nodePort && listens && why);
  const message = moved
    .map(
      ({ port, listens, why }) =>
        `${port.nodePort} on ${nodePortAddress}: ${why}; ${listens} stands in for it`,
    )
    .join(". ");
  const faults = [
    { type: movedType, reason: "PortInUse", message, event: movedType },
    {
      type: uncheckedType,
      reason: "PortNotOpened",
      message: healthCheckFault ?? "",
      // As kube-proxy tells it.
      event: "FailedToStartServiceHealthcheck",
    },
  ];
  const { conditions: before, ...rest } = status;
  let conditions = before ?? [];
  for (const { event, ...fault } of faults) {
    if (fault.message === "") conditions = withoutCondition(conditions, fault.type);
    else {
      if (!conditions.some(({ type, message }) => type === fault.type && message === fault.message))
        world.event(service, "Warning", event, fault.message);
      conditions = withCondition(conditions, { ...fault, status: "True" }, world.now());
    }
  }
  await world.report<Service>(service, conditions.length > 0 ? { ...rest, conditions } : rest);
}
