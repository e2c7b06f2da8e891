/**
 * ServiceCIDR: a block of addresses for Services. Each is told to be ready, and has a finalizer as long as an address of it is in use
 * that no other block has. What is given out of it is decided where a Service is written (resources/kinds/networking/), at that moment:
 * so a block that is to go needs no time to be sure that nobody still takes from it.
 */
import { type Controller, controller, keyOfObject, settled, type Waker, type World } from "../loop/index.ts";
import {
  allocatorLabels,
  type Condition,
  isInBlock,
  isTerminating,
  isWithin,
  type ServiceCIDR,
  withCondition,
} from "../resources/index.ts";

const finalizer = "networking.k8s.io/service-cidr-finalizer";
const ready: Omit<Condition, "lastTransitionTime"> = {
  type: "Ready",
  status: "True",
  reason: "",
  message: "Kubernetes Service CIDR is ready",
};
const inUse: Omit<Condition, "lastTransitionTime"> = {
  type: "Ready",
  status: "False",
  reason: "Terminating",
  message:
    "There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR",
};

/** Blocks that wait to go may do so when an address goes, or another block comes. */
const freed = (kind: "IPAddress" | "ServiceCIDR"): Waker => ({
  kind,
  *keys({ type }, reader) {
    if (kind === "IPAddress" && type !== "DELETED") return;
    for (const block of reader.list("ServiceCIDR"))
      if (isTerminating(block)) yield keyOfObject("ServiceCIDR", block);
  },
});

export const serviceCidr: Controller<"ServiceCIDR"> = controller({
  name: "service-cidr-controller",
  kind: "ServiceCIDR",
  wokenBy: [freed("IPAddress"), freed("ServiceCIDR")],
  async reconcile(block, world) {
    const finalizers = block.metadata.finalizers ?? [];
    const isHeld = finalizers.includes(finalizer);
    const withFinalizers = (finalizers: readonly string[]): ServiceCIDR => ({
      ...block,
      metadata: { ...block.metadata, finalizers },
    });
    if (!isTerminating(block)) {
      const next = isHeld ? block : await world.update(withFinalizers([...finalizers, finalizer]));
      return tell(next, ready, world);
    }
    if (!isHeld) return settled;
    if (isUsed(block, world)) return tell(block, inUse, world);
    await world.update(withFinalizers(finalizers.filter(each => each !== finalizer)));
    return settled;
  },
});

async function tell(block: ServiceCIDR, condition: Omit<Condition, "lastTransitionTime">, world: World) {
  const { conditions } = block.status ?? {};
  const next = withCondition(conditions, condition, world.now());
  if (next !== conditions) await world.report(block, { ...block.status, conditions: next });
  return settled;
}

/** Whether a Service would be left with an address of no block. */
function isUsed({ metadata, spec }: ServiceCIDR, world: World): boolean {
  const { cidrs = [] } = spec ?? {};
  const others = world
    .list("ServiceCIDR")
    .flatMap(other => (other.metadata.name === metadata.name ? [] : (other.spec?.cidrs ?? [])));
  const alone = cidrs.filter(cidr => !others.some(other => isWithin(cidr, other)));
  if (alone.length === 0) return false;
  return world
    .list("IPAddress", { matchLabels: { [managedBy]: allocatorLabels[managedBy] } })
    .some(
      ({ metadata: { name } }) =>
        alone.some(cidr => isInBlock(name, cidr)) && !others.some(other => isInBlock(name, other)),
    );
}

const managedBy = "ipaddress.kubernetes.io/managed-by";
