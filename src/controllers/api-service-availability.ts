/**
 * Tells of each APIService that stands for a Service whether that could be asked: its condition Available, in Kubernetes' words.
 * Requests are never sent on, so that one whose Service is there and ready has no answer to the question that Kubernetes asks last.
 */
import { controller, keyOf, settled, type Waker, type World } from "../loop/index.ts";
import { type APIService, type EndpointSlice, withCondition } from "../resources/index.ts";
import { apiServerWriter } from "../store/index.ts";

const name = "remote-available-controller";

type Reference = NonNullable<NonNullable<APIService["spec"]>["service"]>;

/** The port of a Service where an APIService names none. */
const usualPort = 443;

const serviceLabel = "kubernetes.io/service-name";

/** A Service, or a list of its addresses, concerns those that stand for it. */
const behind = (["Service", "EndpointSlice"] as const).map(
  (kind): Waker => ({
    kind,
    *keys({ key, object }, reader) {
      const service = kind === "Service" ? key.name : object.metadata.labels?.[serviceLabel];
      for (const { metadata, spec } of reader.list("APIService"))
        if (spec?.service?.name === service && spec?.service?.namespace === key.namespace)
          yield keyOf("APIService", "", metadata.name);
    },
  }),
);

export const apiServiceAvailability = controller({
  name,
  writer: apiServerWriter(name),
  kind: "APIService",
  wokenBy: behind,
  concerns: ({ spec }) => spec?.service !== undefined,
  async reconcile(apiService, world) {
    const { spec, status } = apiService;
    if (!spec?.service) return settled;
    const { group = "", version = "", service } = spec;
    const [reason, message] = obstacle(service, `${group}/${version}`, world);
    const condition = { type: "Available", status: "False", reason, message };
    const conditions = withCondition(status?.conditions, condition, world.now());
    if (conditions !== status?.conditions) await world.report(apiService, { ...status, conditions });
    return settled;
  },
});

/** Why the Service cannot be asked: a reason and a message. */
function obstacle(reference: Reference, groupVersion: string, world: World): [string, string] {
  const { name: serviceName = "", namespace = "", port = usualPort } = reference;
  const where = `service/${serviceName} in ${JSON.stringify(namespace)}`;
  const service = world.get("Service", namespace, serviceName);
  if (!service) return ["ServiceNotFound", `${where} is not present`];
  const { type, clusterIP = "", ports = [] } = service.spec;
  if (type === "ClusterIP") {
    const served = ports.find(each => each.port === port);
    if (!served) return ["ServicePortError", `${where} is not listening on port ${port}`];
    const slices = world
      .list("EndpointSlice", { namespace })
      .filter(({ metadata }) => metadata.labels?.[serviceLabel] === serviceName);
    if (slices.length === 0) return ["EndpointsNotFound", `cannot find endpointslices for ${where}`];
    const portName = served.name ?? "";
    if (!slices.some(slice => hasAddress(slice, portName)))
      return [
        "MissingEndpoints",
        `endpointslices for ${where} have no addresses with port name ${JSON.stringify(portName)}`,
      ];
  }
  const url = `https://${clusterIP}:${port}/apis/${groupVersion}`;
  return [
    "FailedDiscoveryCheck",
    `failing or missing response from ${url}: no requests are sent on to other API servers`,
  ];
}

function hasAddress({ ports, endpoints }: EndpointSlice, portName: string): boolean {
  const isNamed = (ports ?? []).some(({ name: each = "" }) => each === portName);
  return isNamed && (endpoints ?? []).some(({ conditions }) => conditions?.ready !== false);
}
