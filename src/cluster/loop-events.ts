/** Events of endpoints that would lead connections in a circle, at the Services that have them: the network tells of each at most once a minute. */
import type { EventRecorder } from "../loop/index.ts";
import type { FoundEndpoint } from "../messages/index.ts";
import { loopText } from "../network/index.ts";
import type { Service } from "../resources/index.ts";
import { componentWriter, type Store } from "../store/index.ts";

const writer = componentWriter("node-port-controller");

/** Returns what the network tells of such endpoints. */
export function loopEvents(
  events: Pick<EventRecorder, "record">,
  store: Pick<Store, "get" | "list">,
): (endpoint: FoundEndpoint) => void {
  return endpoint => {
    for (const service of servicesWith(endpoint, store))
      events.record(writer, service, "Warning", "EndpointLoops", `endpoint ${loopText(endpoint)}`);
  };
}

function servicesWith({ address, port }: FoundEndpoint, store: Pick<Store, "get" | "list">): Set<Service> {
  const found = new Set<Service>();
  for (const { metadata, endpoints, ports } of store.list("EndpointSlice")) {
    const service = metadata.labels?.["kubernetes.io/service-name"];
    const has =
      ports?.some(each => each.port === port) &&
      endpoints?.some(({ addresses }) => addresses.includes(address));
    const made = has && service ? store.get("Service", metadata.namespace ?? "", service) : undefined;
    if (made) found.add(made);
  }
  for (const service of store.list("Service"))
    if (service.spec.externalName?.replace(/\.$/, "") === address) found.add(service);
  return found;
}
