/** HTTPRoutes on messages: tries again as the route says, ends what takes too long, and copies go to mirrors. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Message } from "../../messages/index.ts";
import { name, Town } from "../town.suite.ts";

let town: Town;
beforeEach(() => {
  town = new Town();
});
afterEach(() => town.stop());

async function service(called: string, ...pods: string[]): Promise<void> {
  await town.service(called, { spec: { clusterIP: "10.96.0.7", ports: [{ port: 80 }] } });
  await town.ready(called, ...pods);
}

const route = (rule: object) =>
  town.write({
    kind: "HTTPRoute.gateway.networking.k8s.io",
    metadata: { name: "web", creationTimestamp: "2026-01-01T00:00:00Z" },
    spec: { parentRefs: [{ group: "", kind: "Service", name: "web" }], rules: [rule] },
  });
const to = (called: string) => ({ backendRefs: [{ name: called, port: 80 }] });

it("tries again what fails with a status that the route names, so often and no more", async () => {
  let asked = 0;
  await town.resident("a", message => {
    asked++;
    if (message.body === "always" || asked % 3 !== 0) message.fail(new Error("not now"));
    else message.reply("at last");
  });
  await service("web", "a");
  await route({ ...to("web"), retry: { codes: [500], attempts: 2, backoff: "1ms" } });
  expect(await town.api.request("web", "sometimes")).toBe("at last");
  expect(asked).toBe(3);
  await expect(town.api.request("web", "always")).rejects.toThrow("not now");
  expect(asked).toBe(6);
});

it("does not try again what fails otherwise", async () => {
  let asked = 0;
  await town.resident("a", message => {
    asked++;
    message.fail(new Error("broken"));
  });
  await service("web", "a");
  await route({ ...to("web"), retry: { codes: [503], attempts: 5 } });
  await expect(town.api.request("web")).rejects.toThrow("broken");
  expect(asked).toBe(1);
});

it("ends a request after the time that the route says", async () => {
  const got: Message[] = [];
  await town.resident("a", message => got.push(message));
  await service("web", "a");
  await route({ ...to("web"), timeouts: { request: "20ms" } });
  await expect(town.api.request("web")).rejects.toMatchObject({ reason: "DeadlineExceeded" });
});

it("sends copies to mirrors, whose answers nobody gets", async () => {
  const copies: unknown[] = [];
  await town.resident("a", name("a"));
  await town.resident("b", message => {
    copies.push(message.body);
    message.fail(new Error("nobody hears it"));
  });
  await service("web", "a");
  await service("copy", "b");
  const requestMirror = { backendRef: { name: "copy", port: 80 } };
  await route({ ...to("web"), filters: [{ type: "RequestMirror", requestMirror }] });
  expect(await town.api.request("web", { n: 1 })).toBe("a");
  await vi.waitFor(() => expect(copies).toEqual([{ n: 1 }]), 10_000);
});

it("says why a backend leads nowhere, and leads there when it comes", async () => {
  await town.resident("a", name("a"));
  await service("web", "a");
  await route(to("other"));
  await expect(town.api.request("web")).rejects.toMatchObject({
    reason: "NoEndpoint",
    message: expect.stringContaining("there is no Service default/other"),
  });
  expect(await town.api.request("endpoints/web")).toBe("a");
  await service("other", "a");
  await vi.waitFor(async () => expect(await town.api.request("web")).toBe("a"), 10_000);
});
