/**
 * Metrics of autoscalers as `autoscaling/v1` calls their fields: it writes them into annotations (autoscaler-v1.ts). What is aimed at, or
 * the current value, lies beside the name of the metric there; the newer version has an object for it.
 */
import type {
  CrossVersionObjectReference,
  MetricIdentifier,
  MetricSpec,
  MetricStatus,
  MetricTarget,
} from "../../generated/kubernetes.gen.ts";

/** As it stands in an annotation: each part may be missing. */
type Parts = Readonly<Record<string, unknown>>;

export const metricInV1 = (metric: MetricSpec): object => inV1(metric, "target");
export const statusInV1 = (metric: MetricStatus): object => inV1(metric, "current");
export const metricFromV1 = (parts: Parts): MetricSpec => fromV1<MetricSpec>(parts, "target");
export const statusFromV1 = (parts: Parts): MetricStatus => fromV1<MetricStatus>(parts, "current");

/** What is aimed at, and what is. */
type Side = "target" | "current";
type Amounts = Pick<MetricTarget, "value" | "averageValue" | "averageUtilization">;
type OnSides = Partial<Record<Side, Amounts>>;

/** The same of a spec and of a status. */
interface Metric {
  readonly type: string;
  readonly object?: OnSides & {
    readonly describedObject: CrossVersionObjectReference;
    readonly metric: MetricIdentifier;
  };
  readonly pods?: OnSides & { readonly metric: MetricIdentifier };
  readonly resource?: OnSides & { readonly name: string };
  readonly containerResource?: OnSides & { readonly name: string; readonly container: string };
  readonly external?: OnSides & { readonly metric: MetricIdentifier };
}

/** With the fields in the order of Kubernetes, and "0" for an amount that has no way to be left out there. */
function inV1({ type, object, pods, resource, containerResource, external }: Metric, side: Side): object {
  const none = side === "current" ? "0" : undefined;
  if (object) {
    const { value = "0", averageValue } = object[side] ?? {};
    const { name: metricName, selector } = object.metric;
    const target = referenceOf(object.describedObject);
    return { type, object: { target, metricName, [`${side}Value`]: value, selector, averageValue } };
  }
  if (pods) {
    const { name: metricName, selector } = pods.metric;
    const { averageValue = "0" } = pods[side] ?? {};
    return { type, pods: { metricName, [`${side}AverageValue`]: averageValue, selector } };
  }
  const averages = ({ averageUtilization, averageValue = none }: Amounts = {}) => ({
    [`${side}AverageUtilization`]: averageUtilization,
    [`${side}AverageValue`]: averageValue,
  });
  if (resource) return { type, resource: { name: resource.name, ...averages(resource[side]) } };
  if (containerResource) {
    const { name, container } = containerResource;
    return { type, containerResource: { name, ...averages(containerResource[side]), container } };
  }
  if (!external) return { type };
  const { name: metricName, selector: metricSelector } = external.metric;
  const { value = none, averageValue } = external[side] ?? {};
  const amounts = { [`${side}Value`]: value, [`${side}AverageValue`]: averageValue };
  return { type, external: { metricName, metricSelector, ...amounts } };
}

type AmountsOfV1 = { readonly [K in `${Side}${"Value" | "AverageValue"}`]?: string } & {
  readonly [K in `${Side}AverageUtilization`]?: number;
};

interface MetricOfV1 {
  readonly type?: string;
  readonly object?: AmountsOfV1 & {
    readonly target: CrossVersionObjectReference;
    readonly metricName: string;
    readonly selector?: MetricIdentifier["selector"];
    readonly averageValue?: string;
  };
  readonly pods?: AmountsOfV1 & {
    readonly metricName: string;
    readonly selector?: MetricIdentifier["selector"];
  };
  readonly resource?: AmountsOfV1 & { readonly name: string };
  readonly containerResource?: AmountsOfV1 & { readonly name: string; readonly container: string };
  readonly external?: AmountsOfV1 & {
    readonly metricName: string;
    readonly metricSelector?: MetricIdentifier["selector"];
  };
}

/** What is missing, validation tells. */
function fromV1<T extends MetricSpec | MetricStatus>(parts: Parts, side: Side): T {
  const { type, object, pods, resource, containerResource, external } = parts as MetricOfV1;
  const averages = (given: AmountsOfV1) =>
    amountsOf(side, "AverageValue", {
      averageUtilization: given[`${side}AverageUtilization`],
      averageValue: given[`${side}AverageValue`],
    });
  return written({
    type,
    object: object && {
      describedObject: object.target,
      metric: { name: object.metricName, selector: object.selector },
      ...amountsOf(side, "Value", {
        value: object[`${side}Value`],
        averageValue: object.averageValue,
      }),
    },
    pods: pods && { metric: { name: pods.metricName, selector: pods.selector }, ...averages(pods) },
    resource: resource && { name: resource.name, ...averages(resource) },
    containerResource: containerResource && {
      name: containerResource.name,
      container: containerResource.container,
      ...averages(containerResource),
    },
    external: external && {
      metric: { name: external.metricName, selector: external.metricSelector },
      ...amountsOf(side, "Value", {
        value: external[`${side}Value`],
        averageValue: external[`${side}AverageValue`],
      }),
    },
  });
}

type GivenAmounts = { readonly [K in keyof Amounts]: Amounts[K] | undefined };

/** What is aimed at says of which type it is; `otherwise` where no amount says so. Beside an average, a value of "0" stands for none. */
function amountsOf(
  side: Side,
  otherwise: "Value" | "AverageValue",
  { value: given, averageValue, averageUtilization }: GivenAmounts,
): object {
  const value = averageValue !== undefined && given === "0" ? undefined : given;
  const amounts = { value, averageValue, averageUtilization };
  if (side === "current") return { current: amounts };
  const average = averageValue === undefined ? otherwise : "AverageValue";
  return { target: { type: averageUtilization === undefined ? average : "Utilization", ...amounts } };
}

function referenceOf({ kind, name, apiVersion }: CrossVersionObjectReference): CrossVersionObjectReference {
  return { kind, name, ...(apiVersion !== undefined && { apiVersion }) };
}

/** Without the fields that are undefined. */
function written<T>(parts: object): T {
  return JSON.parse(JSON.stringify(parts)) as T;
}
