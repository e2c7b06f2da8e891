/** A route as rules for HTTP, for whatever applies them: a Gateway, or what stands between pods and a Service. */
import {
  type BackendRef,
  type GrpcRouteRule,
  type HttpRoute,
  type HttpRouteFilter,
  type HttpRouteMatch,
  type HttpRouteRule,
  patternFault,
} from "../../resources/index.ts";
import type { HostPattern, HttpBackend, HttpFilters, HttpMatch, HttpRule } from "../http/index.ts";
import { durationMs } from "./durations.ts";
import { grpcFault, grpcMatchOf } from "./grpc-route-rules.ts";
import { backendOf, type ReferenceFault, type References } from "./references.ts";
import { isGrpcRoute, type Route } from "./route-kinds.ts";

/** @param hosts those that the route is for where it is attached; none: all */
export function rulesOfRoute(
  route: Route,
  hosts: readonly HostPattern[],
  store: References,
): HttpRule<HttpBackend>[] {
  const { kind, metadata } = route;
  const { namespace = "", name } = metadata;
  const by = `${kind} ${namespace}/${name}`;
  const isGrpc = isGrpcRoute(route);
  // Clients of gRPC understand 503 as UNAVAILABLE, which is what they are to be told.
  const broken = (why: string): HttpBackend => ({ status: isGrpc ? 503 : 500, why, by });
  const resolve = (ref: BackendRef): HttpBackend => {
    const found = backendOf(ref, { kind, namespace }, by, store);
    if ("reason" in found) return broken(found.message);
    return isGrpc ? { ...found, isHttp2: true } : found;
  };
  if (!isGrpc)
    return (route.spec.rules ?? []).map(({ matches = [], ...rule }) => ({
      hosts,
      matches: matches.map(matchOf),
      ...ruleOf(rule, resolve),
    }));
  const nowhere = [{ backend: broken("the rule has no backend"), weight: 1 }];
  return (route.spec.rules ?? []).map(({ matches = [], ...given }) => {
    const rule = ruleOf(given, resolve);
    const isForAll = matches.length === 0;
    return {
      hosts,
      matches: (isForAll ? [{}] : matches).map(grpcMatchOf),
      ...rule,
      ...(rule.backends.length === 0 && { backends: nowhere }),
    };
  });
}

function ruleOf(
  { filters = [], backendRefs = [], timeouts, retry }: Omit<HttpRouteRule, "matches">,
  resolve: (ref: BackendRef) => HttpBackend,
): Omit<HttpRule<HttpBackend>, "hosts" | "matches"> {
  const [request, backendRequest] = [durationMs(timeouts?.request), durationMs(timeouts?.backendRequest)];
  const { codes, attempts } = retry ?? {};
  const backoff = durationMs(retry?.backoff);
  return {
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
export function referenceFaults({ kind, metadata, spec }: Route, store: References): ReferenceFault[] {
  const { namespace = "" } = metadata;
  return backendRefsOf(spec.rules ?? []).flatMap(ref => {
    const found = backendOf(ref, { kind, namespace }, "", store);
    return "reason" in found ? [found] : [];
  });
}

/** What the rules refer to, mirrors among it. */
export function backendRefsOf(rules: readonly (HttpRouteRule | GrpcRouteRule)[]): BackendRef[] {
  const mirrored = (filters: readonly HttpRouteFilter[] = []) =>
    filters.flatMap(({ requestMirror }) => requestMirror?.backendRef ?? []);
  return rules.flatMap(({ filters, backendRefs = [] }) => [
    ...backendRefs.flatMap(({ filters: own, ...ref }) => [ref, ...mirrored(own)]),
    ...mirrored(filters),
  ]);
}

/** What of a route nobody here can do; undefined where nothing is. A route with such a part is not served. */
export function unsupported(route: Route): string | undefined {
  for (const { filters = [], backendRefs = [] } of route.spec.rules ?? []) {
    const all = [...filters, ...backendRefs.flatMap(({ filters: own = [] }) => own)];
    const extension = all.find(({ extensionRef }) => extensionRef)?.extensionRef;
    if (extension) return `there is no filter ${extension.kind} ${extension.name}`;
  }
  return isGrpcRoute(route) ? grpcFault(route) : httpFault(route);
}

function httpFault({ spec }: HttpRoute): string | undefined {
  for (const { matches = [] } of spec.rules ?? []) {
    for (const { path, headers = [], queryParams = [] } of matches) {
      for (const { type, value = "" } of [path ?? {}, ...headers, ...queryParams]) {
        const fault = type === "RegularExpression" ? patternFault(value) : undefined;
        if (fault) return `the expression ${JSON.stringify(value)} cannot be read: ${fault}`;
      }
    }
  }
  return undefined;
}
