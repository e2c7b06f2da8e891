import { expect, it } from "vitest";
import { seededRandom, VirtualClock } from "../../outside/index.ts";
import { frameOf } from "../ports/index.ts";
import { TrafficBook, type TrafficReport } from "./traffic-book.ts";

it("tells what it has sent in parts that fit into what is taken over a socket", async () => {
  const clock = new VirtualClock();
  const told: TrafficReport[] = [];
  const report = (each: TrafficReport) => told.push(each);
  const book = new TrafficBook({ clock, random: seededRandom(1), report });
  // As long as names can be, and more endpoints than EndpointSlices of two Services would have.
  const service = `${"n".repeat(63)}/${"s".repeat(63)}`;
  const port = "p".repeat(63);
  const endpoints = Array.from({ length: 250 }, (_, i) => `127.100.100.${i}:65535`);
  const traffic = book.of({ service, balancing: "random" }, port);
  for (const endpoint of endpoints) traffic.use(endpoint).begin();
  await clock.advance(1_000);
  expect(told.flatMap(({ rows }) => rows.map(({ endpoint }) => endpoint))).toEqual(endpoints);
  for (const each of told) expect(frameOf(each).length).toBeLessThan(60 * 1024);
});
