/** What is sent to endpoints of Services, as Prometheus reads it. */
import type { MetricFamily } from "../loop/index.ts";
import type { EndpointTraffic } from "../messages/index.ts";

const series = [
  [
    "total",
    "counter",
    "k4s_service_requests_total",
    "Messages, requests and connections that endpoints of Services got.",
  ],
  ["failures", "counter", "k4s_service_failures_total", "Those of them that failed."],
  [
    "inFlight",
    "gauge",
    "k4s_service_in_flight",
    "Messages, requests and connections under way to endpoints of Services.",
  ],
  [
    "ejections",
    "counter",
    "k4s_service_ejections_total",
    "How often senders have left endpoints of Services out.",
  ],
  ["ejectedBy", "gauge", "k4s_service_ejected_by", "How many senders leave endpoints of Services out."],
] as const;

export function trafficFamilies(traffic: readonly EndpointTraffic[]): readonly MetricFamily[] {
  return series.map(([field, type, name, help]) => ({
    name,
    help,
    type,
    values: traffic.map(each => {
      const [namespace = "", service = ""] = each.service.split("/");
      const { port, endpoint } = each;
      return { labels: { namespace, service, port, endpoint }, value: each[field] };
    }),
  }));
}
