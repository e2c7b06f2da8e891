/**
 * Tells of each route whose parents are Services what became of it there: whether it is accepted, whether its references lead anywhere, and
 * which of its rules can never be for messages. Routes are applied without it (mesh-listeners.ts). What others tell of other parents stays.
 */
import { isDeepStrictEqual } from "node:util";
import { type Controller, controller, keyOfObject, settled, waker } from "../../loop/index.ts";
import type { Condition, HttpRoute, RouteParentStatus } from "../../resources/index.ts";
import {
  allRoutes,
  isGrpcRoute,
  kindOfRoute,
  type Route,
  type RouteKind,
  referenceFaults,
  routeKinds,
} from "../gateway/index.ts";
import { isService, type MeshAttachment, type MeshTable } from "./mesh-table.ts";

const meshControllerName = "k4s.dev/mesh";

/** A Service, or a grant, may be one that a route refers to. */
const services = waker("Service", function* ({ object, type }, reader) {
  if (type !== "MODIFIED")
    for (const route of allRoutes(reader))
      if (refersTo(route, object.metadata.name)) yield keyOfObject(kindOfRoute(route), route);
});

const grants = waker("ReferenceGrant.gateway.networking.k8s.io", function* (_, reader) {
  for (const route of allRoutes(reader)) yield keyOfObject(kindOfRoute(route), route);
});

export function meshController(table: MeshTable): Controller<RouteKind> {
  return controller<RouteKind>({
    name: "mesh-controller",
    kind: routeKinds,
    wokenBy: [services, grants],
    async reconcile(route, world) {
      const others = (route.status?.parents ?? []).filter(
        ({ controllerName }) => controllerName !== meshControllerName,
      );
      const before = (route.status?.parents ?? []).filter(
        ({ controllerName }) => controllerName === meshControllerName,
      );
      const own = table.attachments(route).map(attachment => {
        const known = before.find(({ parentRef }) => isDeepStrictEqual(parentRef, attachment.ref));
        return parentStatus(route, attachment, known, world);
      });
      if (own.length === 0 && before.length === 0) return settled;
      await world.report<Route>(route, { ...route.status, parents: [...others, ...own] });
      return settled;
    },
  });
}

type Told = Omit<Condition, "lastTransitionTime">;
type World = Parameters<Parameters<typeof controller<RouteKind>>[0]["reconcile"]>[1];

function parentStatus(
  route: Route,
  { ref, fault }: MeshAttachment,
  before: RouteParentStatus | undefined,
  world: World,
): RouteParentStatus {
  const [unresolved] = referenceFaults(route, world);
  const forHttp = isGrpcRoute(route) ? undefined : onlyForHttp(route);
  const told: Told[] = [
    fault
      ? { type: "Accepted", status: "False", ...fault }
      : {
          type: "Accepted",
          status: "True",
          reason: "Accepted",
          message: "applied to whoever calls the Service",
        },
    unresolved
      ? { type: "ResolvedRefs", status: "False", reason: unresolved.reason, message: unresolved.message }
      : { type: "ResolvedRefs", status: "True", reason: "ResolvedRefs", message: "" },
    ...(forHttp
      ? [{ type: "k4s.dev/ForMessages", status: "False" as const, reason: "MatchesHTTP", message: forHttp }]
      : []),
  ];
  const { generation: observedGeneration } = route.metadata;
  const conditions = told.map(condition => {
    const known = before?.conditions?.find(({ type }) => type === condition.type);
    const since = known?.status === condition.status ? known.lastTransitionTime : timeOf(world.now());
    return { ...condition, observedGeneration, lastTransitionTime: since };
  });
  return { parentRef: ref, controllerName: meshControllerName, conditions };
}

function timeOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** Which rules ask for what messages do not have; undefined where none does. */
function onlyForHttp({ spec }: HttpRoute): string | undefined {
  const rules = (spec.rules ?? []).flatMap(({ name, matches = [] }, index) => {
    const isForMessages = matches.length === 0 || matches.some(match => isPlainMatch(match));
    return isForMessages ? [] : [name ?? `rule ${index + 1}`];
  });
  return rules.length > 0
    ? `${rules.join(", ")}: no message comes under this, for messages have no path, method, header or query`
    : undefined;
}

type Match = NonNullable<NonNullable<HttpRoute["spec"]["rules"]>[number]["matches"]>[number];

function isPlainMatch({ path, headers = [], queryParams = [], method = "POST" }: Match): boolean {
  const { type = "PathPrefix", value = "/" } = path ?? {};
  return (
    type !== "RegularExpression" &&
    value === "/" &&
    headers.length + queryParams.length === 0 &&
    method === "POST"
  );
}

function refersTo({ spec }: Route, name: string): boolean {
  return (
    (spec.parentRefs ?? []).some(ref => isService(ref) && ref.name === name) ||
    JSON.stringify(spec.rules ?? []).includes(`"${name}"`)
  );
}
