import { expect, it } from "vitest";
import type { Gateway, GatewayListener } from "../../resources/index.ts";
import { readListener, withConflicts } from "./listeners.ts";

const gateway = { metadata: { name: "gate", namespace: "demo" } } as Gateway;
const nowhere = { get: () => undefined, list: () => [] } as never;
const conflictsOf = (...listeners: readonly Partial<GatewayListener>[]) =>
  withConflicts(
    listeners.map((each, i) =>
      readListener(
        gateway,
        { name: `${i}`, port: 80, protocol: "HTTP", ...each } as GatewayListener,
        nowhere,
        () => undefined,
      ),
    ),
  ).map(({ conflict }) => conflict?.reason);

it.each<[string, readonly Partial<GatewayListener>[], readonly (string | undefined)[]]>([
  ["another port", [{}, { port: 81 }], [undefined, undefined]],
  ["another host", [{ hostname: "a.test" }, { hostname: "*.test" }, {}], [undefined, undefined, undefined]],
  [
    "the same host",
    [{ hostname: "a.test" }, { hostname: "a.test" }],
    ["HostnameConflict", "HostnameConflict"],
  ],
  ["no host, both", [{}, {}, { port: 81 }], ["HostnameConflict", "HostnameConflict", undefined]],
  [
    "another protocol",
    [{ hostname: "a.test" }, { protocol: "HTTPS", hostname: "b.test" }],
    ["ProtocolConflict", "ProtocolConflict"],
  ],
])("is in conflict, or not, with a listener of %s", (_, listeners, reasons) => {
  expect(conflictsOf(...listeners)).toEqual(reasons);
});
