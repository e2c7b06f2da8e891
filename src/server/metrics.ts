/**
 * `/metrics`, for Prometheus: which requests were answered, what is under way, what is stored, what the controllers have done.
 * The names are those of kube-apiserver and its work queues where they fit. Requests are counted in a plain map, so that a
 * server which nobody scrapes neither loads the library that writes the text nor pays for it.
 */
import type { MetricFamily } from "../loop/index.ts";
import { bucketBounds, type PodReport } from "../node/index.ts";
import type { Metrics } from "../observe/index.ts";
import type { KindRegistry } from "../resources/index.ts";
import type { HttpRequest } from "./answer.ts";
import { asksToWatch, type Route } from "./route.ts";
import { workerFamilies } from "./worker-series.ts";

/** What a request was, as labels. */
interface Labels {
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly code: string;
}

interface Answered {
  readonly labels: Labels;
  count: number;
  seconds: number;
}

export class RequestMetrics {
  readonly #answered = new Map<string, Answered>();
  readonly #kinds: Pick<KindRegistry, "at">;
  #underWay = 0;
  #watches = 0;

  /** @param kinds which there are: a path that names none is counted without what it says, or anyone could fill the memory */
  constructor(kinds: Pick<KindRegistry, "at">) {
    this.#kinds = kinds;
  }

  /** Counts a request from now on. What comes back is called when it has been answered, with the code. */
  begin(
    { method = "GET" }: Pick<HttpRequest, "method">,
    route: Route,
    query: URLSearchParams,
  ): (code: number) => void {
    const verb = verbOf(method, route, query);
    const isWatch = verb === "WATCH";
    const labels = this.#resourceOf(route);
    const started = performance.now();
    if (isWatch) this.#watches++;
    else this.#underWay++;
    return code => {
      if (isWatch) this.#watches--;
      else this.#underWay--;
      this.#count({ verb, ...labels, code: String(code) }, (performance.now() - started) / 1000);
    };
  }

  #resourceOf(route: Route): Omit<Labels, "verb" | "code"> {
    const isKnown = route.type === "resource" && this.#kinds.at(route) !== undefined;
    if (!isKnown) return { group: "", version: "", resource: "", subresource: "" };
    const { group, version, plural: resource, subresource = "" } = route;
    return { group, version, resource, subresource };
  }

  #count(labels: Labels, seconds: number): void {
    const key = Object.values(labels).join(" ");
    const known = this.#answered.get(key);
    if (known) {
      known.count++;
      known.seconds += seconds;
    } else this.#answered.set(key, { labels, count: 1, seconds });
  }

  /**
   * In Prometheus' text format, and the media type of that.
   * @param families what the control plane has measured itself
   * @param workers what worker functions report
   */
  async text(
    control: Metrics,
    families: readonly MetricFamily[] = [],
    workers: readonly PodReport[] = [],
  ): Promise<{ readonly text: string; readonly mediaType: string }> {
    const { AggregatorRegistry, Counter, Gauge, Registry } = await import("prom-client");
    const registry = new Registry();
    const counter = (name: string, help: string, labelNames: string[] = []) =>
      new Counter({ name, help, labelNames, registers: [registry] });
    const gauge = (name: string, help: string, labelNames: string[] = []) =>
      new Gauge({ name, help, labelNames, registers: [registry] });

    const names = ["verb", "group", "version", "resource", "subresource", "code"];
    const total = counter(
      "apiserver_request_total",
      "Requests answered, by what they were and the code.",
      names,
    );
    const seconds = counter(
      "apiserver_request_duration_seconds_sum",
      "Seconds that they took together.",
      names,
    );
    for (const { labels, count, seconds: took } of this.#answered.values()) {
      total.inc({ ...labels }, count);
      seconds.inc({ ...labels }, took);
    }
    gauge("apiserver_current_inflight_requests", "Requests under way, watches apart.").set(this.#underWay);
    gauge("apiserver_longrunning_requests", "Watches under way.").set(this.#watches);
    const stored = gauge("apiserver_storage_objects", "Objects of each kind.", ["resource"]);
    for (const [resource, count] of Object.entries(control.objects)) stored.set({ resource }, count);
    gauge("apiserver_storage_revision", "Writes so far.").set(control.revision);

    const failures = counter("workqueue_retries_total", "Runs that failed, and were tried again.", ["name"]);
    const depth = gauge("workqueue_depth", "Keys that wait.", ["name"]);
    for (const [name, loop] of Object.entries(control.loops)) {
      failures.inc({ name }, loop.failures);
      depth.set({ name }, loop.waiting);
    }

    const { user, system } = process.cpuUsage();
    counter("process_cpu_seconds_total", "Processor seconds of the whole process.").inc(
      (user + system) / 1e6,
    );
    gauge("process_resident_memory_bytes", "Memory of the whole process.").set(process.memoryUsage.rss());
    const own = new Set(families.map(({ name }) => name));
    const isTaken = (name: string) => own.has(name) || registry.getSingleMetric(name) !== undefined;
    const all = [...families, ...workerFamilies(workers, bucketBounds, isTaken)];
    const measured = AggregatorRegistry.aggregate([all.map(family => ({ ...family, aggregator: "sum" }))]);
    const texts = [await registry.metrics(), ...(all.length > 0 ? [await measured.metrics()] : [])];
    return { text: texts.join("\n"), mediaType: registry.contentType };
  }
}

/** In the words of Kubernetes' own metric. */
function verbOf(method: string, route: Route, query: URLSearchParams): string {
  if (!methods.has(method)) return "OTHER";
  if (route.type !== "resource" || method !== "GET") return method;
  if (asksToWatch(route, query)) return "WATCH";
  return route.name === "" ? "LIST" : "GET";
}

/** Each other one is counted as OTHER: it may be any text. */
const methods: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
