/** NetworkPolicies on messages between threads: what is denied fails with Forbidden, and what was allowed is answered. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { NetworkPolicySpec } from "../resources/index.ts";
import type { Denial } from "./policy/index.ts";
import { name, Town } from "./town.suite.ts";

let town: Town;
let denials: Denial[];
beforeEach(() => {
  denials = [];
  town = new Town(undefined, denial => denials.push(denial));
});
afterEach(() => town.stop());

const policy = (called: string, spec: NetworkPolicySpec) =>
  town.write({ kind: "NetworkPolicy", metadata: { name: called }, spec });
const denyTo = (pod: string): NetworkPolicySpec => ({
  podSelector: { matchLabels: { "k4s.dev/name": pod } },
});
const allowFrom = (to: string, from: string): NetworkPolicySpec => ({
  ...denyTo(to),
  ingress: [{ from: [{ podSelector: { matchLabels: { "k4s.dev/name": from } } }] }],
});
const forbidden = (text: RegExp) =>
  expect.objectContaining({
    name: "MessageError",
    reason: "Forbidden",
    handled: "no",
    message: expect.stringMatching(text),
  });

test("a message that a policy denies fails with Forbidden, and names the policy", async () => {
  await policy("no-one", denyTo("web"));
  await town.resident("web", name("web"));
  const { peer } = await town.resident("client");
  const text = /NetworkPolicy default\/no-one denies the way from pod default\/client to pod default\/web/;
  await expect(peer.api.request("pod/web", 1)).rejects.toEqual(forbidden(text));
  await expect(peer.api.send("pod/web", 1)).rejects.toEqual(forbidden(text));
  // The cluster itself reaches its pods, as a node does.
  expect(await town.api.request("pod/web", 1)).toBe("web");
});

test("a policy that comes, changes and goes holds for threads that know each other", async () => {
  await town.resident("web", name("web"));
  const { peer } = await town.resident("client");
  expect(await peer.api.request("web", 1)).toBe("web");
  await policy("p", denyTo("web"));
  await expect.poll(() => peer.api.request("web", 1).catch(({ reason }) => reason)).toBe("Forbidden");
  await policy("p", allowFrom("web", "client"));
  await expect.poll(() => peer.api.request("web", 1).catch(({ reason }) => reason)).toBe("web");
  await policy("p", allowFrom("web", "other"));
  await expect.poll(() => peer.api.request("web", 1).catch(({ reason }) => reason)).toBe("Forbidden");
  await town.remove("NetworkPolicy", "p");
  await expect.poll(() => peer.api.request("web", 1).catch(({ reason }) => reason)).toBe("web");
});

test("an answer passes, whatever policies say of the way back, and what was sent before a policy is answered", async () => {
  await policy("quiet", { ...denyTo("client"), policyTypes: ["Ingress"] });
  await policy("web-out", { ...denyTo("web"), policyTypes: ["Egress"] });
  let answer = () => {};
  const web = await town.resident("web", message => {
    if (message.body === "wait") answer = () => message.reply("late");
    else message.reply("at once");
  });
  const { peer } = await town.resident("client", name("client"));
  expect(await peer.api.request("web", 1)).toBe("at once");
  // They share a channel, but the other direction is another matter.
  await expect(web.peer.api.request("client", 1)).rejects.toEqual(forbidden(/default\/web-out denies/));
  const late = peer.api.request("web", "wait");
  await peer.api.request("web", "now");
  await policy("web-in", denyTo("web"));
  await expect.poll(() => peer.api.request("web", 1).catch(({ reason }) => reason)).toBe("Forbidden");
  answer();
  expect(await late).toBe("late");
});

test("what waits for room at a receiver that a policy closes fails with Forbidden", async () => {
  await town.resident("web");
  const { peer } = await town.resident("client");
  const sent = Array.from({ length: 5_000 }, () =>
    peer.api.send("web", 1).then(
      () => "taken",
      ({ reason }) => reason,
    ),
  );
  await policy("p", denyTo("web"));
  expect(await sent.at(-1)).toBe("Forbidden");
});

test("a Service leads to a denied endpoint as to another", async () => {
  await town.resident("web-0", name("web-0"));
  await town.resident("web-1", name("web-1"));
  const { peer } = await town.resident("client");
  await town.service("web", { annotations: { "k4s.dev/balancing": "round-robin" } });
  await town.ready("web", "web-0", "web-1");
  await policy("p", denyTo("web-0"));
  const answers = [];
  for (let i = 0; i < 4; i++) answers.push(await peer.api.request("web", 1).catch(({ reason }) => reason));
  expect(answers.toSorted()).toEqual(["Forbidden", "Forbidden", "web-1", "web-1"]);
});

test("containers of one pod reach each other", async () => {
  await policy("p", { podSelector: {}, policyTypes: ["Ingress", "Egress"] });
  const { peer } = await town.resident("web", name("web"));
  expect(await peer.api.request("pod/web", 1)).toBe("web");
});

test("of each pair a denial is told once a minute, however often a pod tries", async () => {
  await policy("p", denyTo("web"));
  await town.resident("web", name("web"));
  const { peer } = await town.resident("client");
  const other = await town.resident("other");
  for (let i = 0; i < 3; i++) await peer.api.request("web", 1).catch(() => {});
  await other.peer.api.request("web", 1).catch(() => {});
  await expect.poll(() => denials.map(({ from }) => from.pod?.name)).toEqual(["client", "other"]);
  expect(denials[0]?.verdict.policies).toEqual(["default/p"]);
});

test("a thread asks for verdicts on its connections, and hears when they may be others", async () => {
  const { peer } = await town.resident("client");
  await town.write({
    kind: "Pod",
    metadata: { name: "web" },
    spec: { containers: [] },
    status: { podIP: "127.1.0.9" },
  });
  const told = peer.subscribe("policies", []);
  expect((await told.next()).value).toEqual({ generation: 0, isPoliced: false });
  await policy("p", { ...denyTo("web"), ingress: [{ ports: [{ port: 80 }] }] });
  expect((await told.next()).value).toEqual({ generation: 1, isPoliced: true });
  expect(await peer.call("verdict", ["127.1.0.9", 80])).toMatchObject({ allowed: true });
  expect(await peer.call("verdict", ["127.1.0.9", 81, "TCP"])).toMatchObject({
    allowed: false,
    text: expect.stringContaining("NetworkPolicy default/p denies the way from pod default/client"),
  });
  expect(await peer.call("denied", ["127.1.0.9", 80])).toBeUndefined();
  expect(denials).toEqual([]);
  await peer.call("denied", ["127.1.0.9", 81]);
  expect(denials).toHaveLength(1);
  await expect(peer.call("verdict", ["127.1.0.9", 81, "tcp"])).rejects.toThrow("must be TCP, UDP or SCTP");
  await told.return?.();
});
