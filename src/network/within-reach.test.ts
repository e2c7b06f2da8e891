import { expect, it } from "vitest";
import { type ClientPlace, type EndpointPlace, withinReach } from "./within-reach.ts";

const on = (node: string, zone: string, withNodes = false): EndpointPlace => ({
  node,
  forZones: [zone],
  ...(withNodes && { forNodes: [node] }),
});
const zones = [on("a1", "a"), on("a2", "a"), on("b1", "b")];
const nodes = [on("a1", "a", true), on("a2", "a", true), on("b1", "b", true)];
const plain: EndpointPlace[] = [{ node: "a1" }, { node: "b1" }];
const a1 = { node: "a1", zone: "a" };

it.each<[string, readonly EndpointPlace[], ClientPlace, boolean, string]>([
  ["without hints all", plain, a1, false, "a1 b1"],
  ["those of its zone", zones, a1, false, "a1 a2"],
  ["all where there is none of its zone", zones, { node: "c1", zone: "c" }, false, "a1 a2 b1"],
  ["all where its node says no zone", zones, { node: "a1" }, false, "a1 a2 b1"],
  ["all where one has no hint", [...zones, { node: "b2" }], a1, false, "a1 a2 b1 b2"],
  ["those of its node before those of its zone", nodes, a1, false, "a1"],
  ["those of its zone where none is of its node", nodes, { node: "a3", zone: "a" }, false, "a1 a2"],
  ["only those of its node, whatever is hinted", nodes, { node: "a2", zone: "a" }, true, "a2"],
  ["none where there is none of its node", plain, { node: "c1" }, true, ""],
  ["all for who is on no node", zones, {}, true, "a1 a2 b1"],
])("%s", (_, endpoints, client, isLocal, expected) => {
  const reached = withinReach(endpoints, client, isLocal);
  expect(reached.map(({ node }) => node).join(" ")).toBe(expected);
});
