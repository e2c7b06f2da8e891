/**
 * Metrics of autoscalers as `autoscaling/v1` calls their fields: it writes them into annotations (autoscaler-v1.ts). A target, or a
 * current value, lies beside the name of the metric there; the newer version has an object for it.
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

/** With the fields in the order of Kubernetes. */
export function metricInV1({
  type,
  object,
  pods,
  resource,
  containerResource,
  external,
}: MetricSpec): object {
  if (object) {
    const { value: targetValue = "0", averageValue } = object.target;
    const { name: metricName, selector } = object.metric;
    const target = referenceOf(object.describedObject);
    return { type, object: { target, metricName, targetValue, selector, averageValue } };
  }
  if (pods) {
    const { name: metricName, selector } = pods.metric;
    return { type, pods: { metricName, targetAverageValue: pods.target.averageValue ?? "0", selector } };
  }
  if (resource) return { type, resource: { name: resource.name, ...targetsOf(resource.target) } };
  if (containerResource) {
    const { name, target, container } = containerResource;
    return { type, containerResource: { name, ...targetsOf(target), container } };
  }
  if (!external) return { type };
  const { name: metricName, selector: metricSelector } = external.metric;
  const { value: targetValue, averageValue: targetAverageValue } = external.target;
  return { type, external: { metricName, metricSelector, targetValue, targetAverageValue } };
}

export function metricFromV1(parts: Parts): MetricSpec {
  const { type, object, pods, resource, containerResource, external } = parts as Partial<SpecOfV1>;
  return written({
    type,
    object: object && {
      describedObject: object.target,
      metric: { name: object.metricName, selector: object.selector },
      target: valued(object.targetValue, object.averageValue),
    },
    pods: pods && {
      metric: { name: pods.metricName, selector: pods.selector },
      target: { type: "AverageValue", averageValue: pods.targetAverageValue },
    },
    resource: resource && { name: resource.name, target: shared(resource) },
    containerResource: containerResource && {
      name: containerResource.name,
      container: containerResource.container,
      target: shared(containerResource),
    },
    external: external && {
      metric: { name: external.metricName, selector: external.metricSelector },
      target: valued(external.targetValue, external.targetAverageValue),
    },
  });
}

export function statusInV1({
  type,
  object,
  pods,
  resource,
  containerResource,
  external,
}: MetricStatus): object {
  if (object) {
    const { value: currentValue = "0", averageValue } = object.current;
    const { name: metricName, selector } = object.metric;
    const target = referenceOf(object.describedObject);
    return { type, object: { target, metricName, currentValue, selector, averageValue } };
  }
  if (pods) {
    const { name: metricName, selector } = pods.metric;
    return { type, pods: { metricName, currentAverageValue: pods.current.averageValue ?? "0", selector } };
  }
  if (resource) return { type, resource: { name: resource.name, ...currentsOf(resource.current) } };
  if (containerResource) {
    const { name, current, container } = containerResource;
    return { type, containerResource: { name, ...currentsOf(current), container } };
  }
  if (!external) return { type };
  const { name: metricName, selector: metricSelector } = external.metric;
  const { value: currentValue = "0", averageValue: currentAverageValue } = external.current;
  return { type, external: { metricName, metricSelector, currentValue, currentAverageValue } };
}

export function statusFromV1(parts: Parts): MetricStatus {
  const { type, object, pods, resource, containerResource, external } = parts as Partial<StatusOfV1>;
  return written({
    type,
    object: object && {
      describedObject: object.target,
      metric: { name: object.metricName, selector: object.selector },
      current: { ...apart(object.currentValue, object.averageValue) },
    },
    pods: pods && {
      metric: { name: pods.metricName, selector: pods.selector },
      current: { averageValue: pods.currentAverageValue },
    },
    resource: resource && { name: resource.name, current: currentOf(resource) },
    containerResource: containerResource && {
      name: containerResource.name,
      container: containerResource.container,
      current: currentOf(containerResource),
    },
    external: external && {
      metric: { name: external.metricName, selector: external.metricSelector },
      current: apart(external.currentValue, external.currentAverageValue),
    },
  });
}

function referenceOf({ kind, name, apiVersion }: CrossVersionObjectReference): CrossVersionObjectReference {
  return { kind, name, ...(apiVersion !== undefined && { apiVersion }) };
}

function targetsOf({ averageUtilization, averageValue }: MetricTarget): Targets {
  return { targetAverageUtilization: averageUtilization, targetAverageValue: averageValue };
}

function currentsOf({
  averageUtilization,
  averageValue = "0",
}: Pick<MetricTarget, "averageUtilization" | "averageValue">): Currents {
  return { currentAverageUtilization: averageUtilization, currentAverageValue: averageValue };
}

function shared({ targetAverageUtilization, targetAverageValue }: Targets): object {
  return {
    type: targetAverageUtilization === undefined ? "AverageValue" : "Utilization",
    averageUtilization: targetAverageUtilization,
    averageValue: targetAverageValue,
  };
}

function currentOf({ currentAverageUtilization, currentAverageValue }: Currents): object {
  return { averageUtilization: currentAverageUtilization, averageValue: currentAverageValue };
}

function valued(value: string | undefined, averageValue: string | undefined): object {
  return {
    type: averageValue === undefined ? "Value" : "AverageValue",
    ...apart(value, averageValue),
  };
}

/** v1 cannot leave the value out: beside an average, "0" stands for none. */
function apart(value: string | undefined, averageValue: string | undefined): object {
  return { value: averageValue !== undefined && value === "0" ? undefined : value, averageValue };
}

/** Without the fields that are undefined. What is missing besides, validation tells. */
function written<T>(parts: object): T {
  return JSON.parse(JSON.stringify(parts)) as T;
}

interface Targets {
  readonly targetAverageUtilization: number | undefined;
  readonly targetAverageValue: string | undefined;
}
interface Currents {
  readonly currentAverageUtilization: number | undefined;
  readonly currentAverageValue: string;
}
interface OfMetric {
  readonly metricName: string;
  readonly selector?: MetricIdentifier["selector"];
}
interface OfExternal {
  readonly metricName: string;
  readonly metricSelector?: MetricIdentifier["selector"];
}
interface OfObject extends OfMetric {
  readonly target: CrossVersionObjectReference;
  readonly averageValue?: string;
}

interface SpecOfV1 {
  readonly type: string;
  readonly object: OfObject & { readonly targetValue: string };
  readonly pods: OfMetric & { readonly targetAverageValue: string };
  readonly resource: Targets & { readonly name: string };
  readonly containerResource: Targets & { readonly name: string; readonly container: string };
  readonly external: OfExternal & { readonly targetValue?: string; readonly targetAverageValue?: string };
}

interface StatusOfV1 {
  readonly type: string;
  readonly object: OfObject & { readonly currentValue: string };
  readonly pods: OfMetric & { readonly currentAverageValue: string };
  readonly resource: Currents & { readonly name: string };
  readonly containerResource: Currents & { readonly name: string; readonly container: string };
  readonly external: OfExternal & { readonly currentValue: string; readonly currentAverageValue?: string };
}
