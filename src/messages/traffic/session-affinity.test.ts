import { expect, it } from "vitest";
import { keptTo, type Session } from "./session-affinity.ts";

const endpoints = ["a", "b", "c", "d"];
const affinityMs = 1_000;
const kept = (client: string, now = 0, session?: Session, among = endpoints) =>
  keptTo(among, client, { affinityMs, session, now });

it("is the same for all that come from one address, and spreads the addresses", () => {
  expect(kept("10.0.0.1")).toBe(kept("10.0.0.1", 999_999));
  const clients = Array.from({ length: 400 }, (_, n) => kept(`127.1.${n % 7}.${n}`));
  for (const endpoint of endpoints)
    expect(clients.filter(each => each === endpoint).length).toBeGreaterThan(60);
});

it("stays with the endpoint that is used, whoever else comes", () => {
  const session = { endpoint: "c", usedAt: 0 };
  expect(kept("10.0.0.1", 1_000, session)).toBe("c");
  expect(kept("10.0.0.1", 0, session, ["a", "b"])).not.toBe("c");
  expect(kept("10.0.0.1", 0, session, [])).toBeUndefined();
});

it("chooses anew after the time that the Service says, and not always the same", () => {
  const after = Array.from({ length: 50 }, (_, n) =>
    kept("10.0.0.1", 1_001 + n * 1_000, { endpoint: "c", usedAt: 0 }),
  );
  expect(new Set(after)).toEqual(new Set(endpoints));
});
