import { expect, test } from "vitest";
import { node, TestCluster } from "../loop/test-cluster.ts";
import { nodeRegistration } from "./node-registration.ts";

test("a node that comes and goes is told of once each, also where its name comes again", async () => {
  const cluster = await TestCluster.of(nodeRegistration());
  const told = () =>
    cluster.store
      .list("Event")
      .map(({ source, reason, message, involvedObject }) => [
        source?.component,
        reason,
        message,
        involvedObject.kind,
      ]);
  await cluster.create(node("node-1"));
  await cluster.advance(5_000);
  const registered = [
    "node-controller",
    "RegisteredNode",
    "Node node-1 event: Registered Node node-1 in Controller",
    "Node",
  ];
  expect(told()).toEqual([registered]);
  await cluster.delete("Node", "node-1");
  await cluster.advance(5_000);
  const removed = [
    "node-controller",
    "RemovingNode",
    "Node node-1 event: Removing Node node-1 from Controller",
    "Node",
  ];
  expect(told()).toEqual([registered, removed]);
  await cluster.create(node("node-1"));
  await cluster.advance(5_000);
  expect(told()).toEqual([registered, removed, registered]);
  await cluster.stop();
});
