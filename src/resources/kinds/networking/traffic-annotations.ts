/**
 * How the traffic of a Service is spread and bounded: what Kubernetes leaves to meshes stands in annotations, whose names are those of
 * Envoy's and Istio's fields, of Gateway API's retry budgets, and of ours for balancing.
 */
import type { Cause } from "../../../errors/index.ts";
import { invalidValue, notSupported } from "../../faults.ts";
import { parseGoDuration } from "../../go-duration.ts";

export interface ServiceTrafficRules {
  readonly balancing: "random" | "round-robin" | "least-outstanding";
  /** When an endpoint is left out; undefined: never. */
  readonly outliers?: {
    readonly consecutiveErrors: number;
    readonly consecutiveGatewayErrors: number;
    readonly intervalMs: number;
    readonly baseEjectionMs: number;
    readonly maxEjectionPercent: number;
  };
  /** What one sender may have under way at a time. */
  readonly limits?: {
    readonly maxConnections?: number;
    readonly maxRequests?: number;
    readonly maxPendingRequests?: number;
  };
  /** How many of the requests of some time may be retries, in percent. */
  readonly retryBudget: { readonly percent: number; readonly intervalMs: number };
}

type Annotations = Readonly<Record<string, string>>;

/** What each of them may be. */
const forms = {
  balancing: ["random", "round-robin", "least-outstanding"],
  "consecutive-errors": "count",
  "consecutive-gateway-errors": "count",
  interval: "duration",
  "base-ejection-time": "duration",
  "max-ejection-percent": "percent",
  "max-connections": "limit",
  "max-requests": "limit",
  "max-pending-requests": "count",
  "retry-budget-percent": "percent",
  "retry-budget-interval": "duration",
} as const;

type Name = keyof typeof forms;
type Form = (typeof forms)[Name];

const keyOf = (name: Name) => `k4s.dev/${name}`;

/** The values as numbers, in milliseconds; what cannot be read is as if it were not there. */
export function serviceTrafficRules(annotations: Annotations = {}): ServiceTrafficRules {
  const given = (name: Name) => {
    const text = annotations[keyOf(name)];
    const value = text === undefined ? undefined : readAs(forms[name], text);
    return typeof value === "number" ? value : undefined;
  };
  const balancing = forms.balancing.find(each => each === annotations[keyOf("balancing")]) ?? "random";
  const consecutiveErrors = given("consecutive-errors") ?? 0;
  const consecutiveGatewayErrors = given("consecutive-gateway-errors") ?? 0;
  const limits = {
    maxConnections: given("max-connections"),
    maxRequests: given("max-requests"),
    maxPendingRequests: given("max-pending-requests"),
  };
  const isWatched = consecutiveErrors > 0 || consecutiveGatewayErrors > 0;
  const isLimited = limits.maxConnections !== undefined || limits.maxRequests !== undefined;
  return {
    balancing,
    ...(isWatched && {
      outliers: {
        consecutiveErrors,
        consecutiveGatewayErrors,
        intervalMs: given("interval") ?? 10_000,
        baseEjectionMs: given("base-ejection-time") ?? 30_000,
        maxEjectionPercent: given("max-ejection-percent") ?? 10,
      },
    }),
    ...(isLimited && {
      limits: Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined)),
    }),
    retryBudget: {
      percent: given("retry-budget-percent") ?? 20,
      intervalMs: given("retry-budget-interval") ?? 10_000,
    },
  };
}

export function trafficAnnotationFaults(annotations: Annotations = {}): Cause[] {
  return (Object.keys(forms) as Name[]).flatMap(name => {
    const text = annotations[keyOf(name)];
    if (text === undefined) return [];
    const field = `metadata.annotations[${keyOf(name)}]`;
    const form: Form = forms[name];
    if (isChoice(form)) return form.some(each => each === text) ? [] : [notSupported(field, text, form)];
    const read = readAs(form, text);
    return typeof read === "number" ? [] : [invalidValue(field, text, read ?? "")];
  });
}

/** The number, or what is wrong with the text. */
function readAs(form: Form, text: string): number | string | undefined {
  if (isChoice(form)) return undefined;
  if (form === "duration") {
    const ms = parseGoDuration(text);
    return typeof ms === "string" || ms > 0 ? ms : "must be greater than 0";
  }
  const least = form === "limit" ? 1 : 0;
  const most = form === "percent" ? 100 : 1_000_000;
  const value = /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN;
  return value >= least && value <= most ? value : `must be a whole number from ${least} to ${most}`;
}

function isChoice(form: Form): form is (typeof forms)["balancing"] {
  return Array.isArray(form);
}
