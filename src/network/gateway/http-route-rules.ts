/** An HTTPRoute as rules for HTTP, for whatever applies them: a Gateway, or what stands between pods and a Service. */
import {
  type BackendRef,
  type HttpRoute,
  type HttpRouteFilter,
  type HttpRouteMatch,
  type HttpRouteRule,
  patternFault,
} from "../../resources/index.ts";
import type { HostPattern, HttpBackend, HttpFilters, HttpMatch, HttpRule } from "../http/index.ts";
import { durationMs } from "./durations.ts";
import { backendOf, type ReferenceFault, type References } from "./references.ts";

/** @param hosts those that the route is for where it is attached; none: all */
export function rulesOfRoute(
  route: HttpRoute,
  hosts: readonly HostPattern[],
  store: References,
): HttpRule<HttpBackend>[] {
  const { namespace = "", name } = route.metadata;
  const by = `HTTPRoute ${namespace}/${name}`;
  const resolve = (ref: BackendRef): HttpBackend => {
    const found = backendOf(ref, { kind: "HTTPRoute", namespace }, by, store);
    return "reason" in found ? { status: 500, why: found.message, by } : found;
  };
  return (route.spec.rules ?? []).map(rule => ({ hosts, ...ruleOf(rule, resolve) }));
}

function ruleOf(
  { matches = [], filters = [], backendRefs = [], timeouts, retry }: HttpRouteRule,
  resolve: (ref: BackendRef) => HttpBackend,
): Omit<HttpRule<HttpBackend>, "hosts"> {
  const [request, backendRequest] = [durationMs(timeouts?.request), durationMs(timeouts?.backendRequest)];
  const { codes, attempts } = retry ?? {};
  const backoff = durationMs(retry?.backoff);
  return {
    matches: matches.map(matchOf),
    filters: filtersOf(filters, resolve),
    backends: backendRefs.map(({ weight = 1, filters: own = [], ...ref }) => ({
      backend: resolve(ref),
      weight,
      ...(own.length > 0 && { filters: filtersOf(own, resolve) }),
    })),
    ...(timeouts && {
      timeouts: {
        ...(request !== undefined && { request }),
        ...(backendRequest !== undefined && { backendRequest }),
      },
    }),
    ...(retry && {
      retry: {
        ...(codes && { codes }),
        ...(attempts !== undefined && { attempts }),
        ...(backoff !== undefined && { backoff }),
      },
    }),
  };
}

function matchOf({ path, ...rest }: HttpRouteMatch): HttpMatch {
  const { type = "PathPrefix", value = "/" } = path ?? {};
  return { path: { type, value }, ...rest };
}

function filtersOf(
  filters: readonly HttpRouteFilter[],
  resolve: (ref: BackendRef) => HttpBackend,
): HttpFilters<HttpBackend> {
  const [requestHeaders] = filters.flatMap(({ requestHeaderModifier }) => requestHeaderModifier ?? []);
  const [responseHeaders] = filters.flatMap(({ responseHeaderModifier }) => responseHeaderModifier ?? []);
  const [redirect] = filters.flatMap(({ requestRedirect }) => requestRedirect ?? []);
  const [rewrite] = filters.flatMap(({ urlRewrite }) => urlRewrite ?? []);
  const mirrors = filters.flatMap(({ requestMirror }) => {
    if (!requestMirror) return [];
    const { backendRef, percent, fraction } = requestMirror;
    const part = fraction
      ? fraction.numerator / (fraction.denominator ?? 100)
      : percent === undefined
        ? 1
        : percent / 100;
    return [{ backend: resolve(backendRef), fraction: part }];
  });
  return {
    ...(requestHeaders && { requestHeaders }),
    ...(responseHeaders && { responseHeaders }),
    ...(redirect && { redirect }),
    ...(rewrite && { rewrite }),
    ...(mirrors.length > 0 && { mirrors }),
  };
}

/** All references of a route that lead nowhere. */
export function referenceFaults({ metadata, spec }: HttpRoute, store: References): ReferenceFault[] {
  const { namespace = "" } = metadata;
  return backendRefsOf(spec.rules ?? []).flatMap(ref => {
    const found = backendOf(ref, { kind: "HTTPRoute", namespace }, "", store);
    return "reason" in found ? [found] : [];
  });
}

/** What the rules refer to, mirrors among it. */
export function backendRefsOf(rules: readonly HttpRouteRule[]): BackendRef[] {
  const mirrored = (filters: readonly HttpRouteFilter[] = []) =>
    filters.flatMap(({ requestMirror }) => requestMirror?.backendRef ?? []);
  return rules.flatMap(({ filters, backendRefs = [] }) => [
    ...backendRefs.flatMap(({ filters: own, ...ref }) => [ref, ...mirrored(own)]),
    ...mirrored(filters),
  ]);
}

/** What of a route nobody here can do; undefined where nothing is. A route with such a part is not served. */
export function unsupported({ spec }: HttpRoute): string | undefined {
  for (const { matches = [], filters = [], backendRefs = [] } of spec.rules ?? []) {
    const all = [...filters, ...backendRefs.flatMap(({ filters: own = [] }) => own)];
    const extension = all.find(({ extensionRef }) => extensionRef)?.extensionRef;
    if (extension) return `there is no filter ${extension.kind} ${extension.name}`;
    for (const { path, headers = [], queryParams = [] } of matches) {
      for (const { type, value = "" } of [path ?? {}, ...headers, ...queryParams]) {
        const fault = type === "RegularExpression" ? patternFault(value) : undefined;
        if (fault) return `the expression ${JSON.stringify(value)} cannot be read: ${fault}`;
      }
    }
  }
  return undefined;
}
