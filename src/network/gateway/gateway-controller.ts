/**
 * Tells of each Gateway that is served here where it is reached, and of each of its listeners whether it takes connections, how many routes
 * are attached, and what is wrong with it. Requests are served without it (entrance/http-listener.ts).
 */
import { isIP } from "node:net";
import { type Controller, controller, keyOfObject, settled, type Waker, waker } from "../../loop/index.ts";
import {
  type Gateway,
  type GatewayListenerStatus,
  gatewayGroup,
  type KindName,
} from "../../resources/index.ts";
import { type Said, said, withSaid } from "./conditions.ts";
import { type GatewayTable, isGatewayServed, type ReadGateway } from "./gateway-table.ts";
import { isProgrammed, type ReadListener } from "./listeners.ts";
import { routeKinds } from "./route-kinds.ts";

/** What serves Gateways. */
export interface GatewayServing {
  /** Where; undefined while it does not. */
  readonly address: { readonly host: string; readonly port: number } | undefined;
  readonly gateways: Pick<GatewayTable, "current">;
}

const kind = `Gateway.${gatewayGroup}` as const;

/** What routes, grants and Secrets come to is looked up in the table: that is cheap, and Gateways are few. */
const everyGateway = (changed: KindName): Waker =>
  waker(changed, function* (_change, reader) {
    for (const gateway of reader.list(kind)) yield keyOfObject(kind, gateway);
  });

export function gatewayController(serving: GatewayServing): Controller<typeof kind> {
  return controller({
    name: "gateway-controller",
    kind,
    wokenBy: [
      ...routeKinds.map(everyGateway),
      everyGateway(`GatewayClass.${gatewayGroup}`),
      everyGateway(`ReferenceGrant.${gatewayGroup}`),
      waker("Secret", function* ({ object: { metadata } }, reader) {
        for (const gateway of reader.list(kind)) {
          const refs = gateway.spec.listeners.flatMap(({ tls }) => tls?.certificateRefs ?? []);
          if (refs.some(({ name }) => name === metadata.name)) yield keyOfObject(kind, gateway);
        }
      }),
    ],
    async reconcile(gateway, world) {
      const { address } = serving;
      if (!address || !isGatewayServed(gateway, world)) return settled;
      const read = serving.gateways.current.gateways.get(gateway.metadata.uid);
      if (!read) return settled;
      const { generation } = gateway.metadata;
      const reached = reachedAt(address.host);
      const listeners = read.listeners.map((each): GatewayListenerStatus => {
        const before = gateway.status?.listeners?.find(({ name }) => name === each.listener.name);
        return {
          name: each.listener.name,
          supportedKinds: each.supportedKinds,
          attachedRoutes: read.attached.get(each.listener.name) ?? 0,
          conditions: withSaid(before?.conditions, saidOf(each), generation, world.now()),
        };
      });
      const all = saidOfAll(read, reached.value, `${address.host}:${address.port}`);
      const status = {
        ...gateway.status,
        addresses: [reached],
        conditions: withSaid(gateway.status?.conditions, all, generation, world.now()),
        listeners,
      };
      await world.report<Gateway>(gateway, status);
      return settled;
    },
  });
}

function saidOf(read: ReadListener): Said[] {
  const { unaccepted, unresolved, conflict } = read;
  const isUp = isProgrammed(read);
  return [
    unaccepted
      ? said("Accepted", false, unaccepted.reason, unaccepted.message)
      : said("Accepted", true, "Accepted", "the listener is valid"),
    isUp
      ? said("Programmed", true, "Programmed", "connections are taken")
      : said(
          "Programmed",
          false,
          "Invalid",
          (unaccepted ?? conflict ?? unresolved)?.message ?? "no route can attach",
        ),
    unresolved
      ? said("ResolvedRefs", false, unresolved.reason, unresolved.message)
      : said("ResolvedRefs", true, "ResolvedRefs", "all references lead somewhere"),
    conflict
      ? said("Conflicted", true, conflict.reason, conflict.message)
      : said("Conflicted", false, "NoConflicts", "no other listener is in its way"),
  ];
}

function saidOfAll({ gateway, listeners }: ReadGateway, address: string, place: string): Said[] {
  const bad = listeners.filter(each => !isProgrammed(each)).map(({ listener }) => listener.name);
  const wished = (gateway.spec.addresses ?? []).find(({ value }) => value && value !== address);
  if (bad.length === listeners.length) {
    const message = `none of its listeners is valid: ${bad.join(", ")}`;
    return [
      said("Accepted", false, "ListenersNotValid", message),
      said("Programmed", false, "Invalid", message),
    ];
  }
  return [
    bad.length > 0
      ? said("Accepted", true, "ListenersNotValid", `not valid: ${bad.join(", ")}`)
      : said("Accepted", true, "Accepted", "it is served"),
    wished
      ? said(
          "Programmed",
          false,
          "AddressNotUsable",
          `${wished.value} is not the address of this cluster's entrance`,
        )
      : said("Programmed", true, "Programmed", `all of its listeners are reached at ${place}`),
  ];
}

/** As clients of this machine write it. */
function reachedAt(host: string): { readonly type: string; readonly value: string } {
  const value = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  return { type: isIP(value) ? "IPAddress" : "Hostname", value };
}
