/**
 * Metrics of objects, as custom.metrics.k8s.io has them: of a pod what its containers report, of any other object what its pods
 * report together. An object's pods are those that it selects, as a Service and all that has a scale do, or is on, as a Node and a
 * Namespace are; of an Ingress those of the Services behind it; of all others those that it owns.
 */
import { ApiError } from "../../errors/index.ts";
import {
  equalitiesIn,
  type KindDefinition,
  type KubernetesObject,
  type LabelRequirement,
  type LabelSelector,
  type Labels,
  matchesRequirements,
  type Pod,
  parseLabelSelector,
  plainValuesOf,
  requirementsOf,
  type Service,
  serviceSelects,
} from "../../resources/index.ts";
import type { StoreReads } from "../../store/index.ts";
import type { PodReport } from "./pod-report.ts";
import { amountOf, readingOf, together } from "./reading.ts";

/** A metric, and which labels its series must have. */
export interface MetricAsked {
  readonly name: string;
  readonly labels: readonly LabelRequirement[];
}

/** An object, by its resource (`pods`, `deployments.apps`); all that the labels mean where it has no name. */
export interface Described {
  readonly resource: string;
  /** "" for what is in none. */
  readonly namespace: string;
  readonly name?: string;
  readonly labels?: readonly LabelRequirement[];
}

export interface MetricValue {
  readonly kind: KindDefinition;
  readonly object: KubernetesObject;
  readonly value: number;
  /** When it was told, in milliseconds since 1970. */
  readonly at: number;
  /** Over which time before that; undefined for what is so at a moment. */
  readonly windowMs?: number;
}

export interface CustomMetricsParts {
  readonly store: Pick<StoreReads, "get" | "list" | "dependents">;
  /** Asked each time: some kinds are defined at run time. */
  kinds(): readonly KindDefinition[];
  /** What the containers of these pods report. */
  reports(pods: readonly Pod[]): Promise<readonly PodReport[]>;
}

export class CustomMetrics {
  readonly #parts: CustomMetricsParts;

  constructor(parts: CustomMetricsParts) {
    this.#parts = parts;
  }

  /** Rejects with NotFound where none of the objects has the metric. */
  async values(
    { resource, namespace, name, labels = [] }: Described,
    asked: MetricAsked,
  ): Promise<MetricValue[]> {
    const { store, reports } = this.#parts;
    const kind = this.#kindOf(resource);
    if (!kind) throw noSuchMetric(asked.name, resource, name);
    const where = kind.scope === "Namespaced" ? { namespace } : {};
    const found =
      name === undefined
        ? store.list<string>(kind.name, { ...where, matchLabels: equalitiesIn(labels) })
        : [];
    const one = name === undefined ? undefined : store.get<string>(kind.name, namespace, name);
    const objects = one ? [one] : found.filter(object => matchesRequirements(labels, object));
    const podsOf = new Map(objects.map(object => [object, this.#podsOf(kind, object)]));
    const all = [...new Set([...podsOf.values()].flat())];
    const told = new Map((await reports(all)).map(report => [report.pod.metadata.uid, report]));
    const values = objects.flatMap(object => {
      const readings = (podsOf.get(object) ?? []).map(pod => {
        const report = told.get(pod.metadata.uid);
        return report && readingOf(report, asked.name, asked.labels);
      });
      const reading = together(readings);
      if (!reading) return [];
      const { at, windowMs } = reading;
      return [{ kind, object, value: amountOf(reading), at, ...(windowMs !== undefined && { windowMs }) }];
    });
    if (values.length === 0) throw noSuchMetric(asked.name, resource, name);
    return values;
  }

  #kindOf(resource: string): KindDefinition | undefined {
    const dot = resource.indexOf(".");
    const [plural, group] = dot < 0 ? [resource, ""] : [resource.slice(0, dot), resource.slice(dot + 1)];
    // The name of the kind may be given as well, as clients do for `pod/*`.
    return this.#parts
      .kinds()
      .find(
        each =>
          (each.plural === plural || each.singular === plural) &&
          each.versions.some(one => one.group === group),
      );
  }

  #podsOf(kind: KindDefinition, object: KubernetesObject): readonly Pod[] {
    const { namespace = "", name } = object.metadata;
    const { store } = this.#parts;
    switch (kind.name) {
      case "Pod":
        return [object as Pod];
      case "Namespace":
        return store.list("Pod", { namespace: name });
      case "Node":
        return store.list("Pod", { matchFields: { "spec.nodeName": name } });
      case "Ingress": {
        const services = servicesOf(object).flatMap(each => store.get("Service", namespace, each) ?? []);
        return [...new Set(services.flatMap(({ spec }) => this.#selectedBy(spec.selector, namespace)))];
      }
      case "Service":
        return this.#selectedBy((object as Service).spec.selector, namespace);
      default: {
        const isOf = selects(kind, object);
        if (!isOf) return store.dependents(object.metadata.uid, "Pod");
        return store.list("Pod", { namespace, matchLabels: isOf.labels }).filter(isOf.fits);
      }
    }
  }

  #selectedBy(selector: Labels | undefined, namespace: string): readonly Pod[] {
    const candidates = this.#parts.store.list("Pod", { namespace, matchLabels: plainValuesOf(selector) });
    return candidates.filter(pod => serviceSelects(selector, pod));
  }
}

/** Which pods are those of an object that selects them: some of their labels, and all that is asked; undefined where it does not. */
function selects(
  kind: KindDefinition,
  object: KubernetesObject,
): { readonly labels: Labels; readonly fits: (pod: Pod) => boolean } | undefined {
  const scale = kind.subresources.find(({ name }) => name === "scale")?.show?.(object);
  const { selector: text = "" } = (scale?.status ?? {}) as { readonly selector?: string };
  const { selector } = (object.spec ?? {}) as { readonly selector?: LabelSelector };
  if (text === "" && !selector) return undefined;
  const requirements = text === "" ? requirementsOf(selector ?? {}) : parseLabelSelector(text);
  return { labels: equalitiesIn(requirements), fits: pod => matchesRequirements(requirements, pod) };
}

/** The names of those that an Ingress sends requests to. */
function servicesOf(ingress: KubernetesObject): string[] {
  const { defaultBackend, rules = [] } = (ingress.spec ?? {}) as IngressSpec;
  const backends = [
    defaultBackend,
    ...rules.flatMap(({ http }) => http?.paths?.map(({ backend }) => backend) ?? []),
  ];
  return backends.flatMap(backend => backend?.service?.name ?? []);
}

interface Backend {
  readonly service?: { readonly name: string };
}
interface IngressSpec {
  readonly defaultBackend?: Backend;
  readonly rules?: readonly {
    readonly http?: { readonly paths?: readonly { readonly backend?: Backend }[] };
  }[];
}

/** In the words of those who serve custom metrics for Kubernetes. */
function noSuchMetric(metric: string, resource: string, name: string | undefined): ApiError {
  const of = name === undefined ? resource : `${resource} ${name}`;
  return new ApiError("NotFound", `the server could not find the metric ${metric} for ${of}`);
}
