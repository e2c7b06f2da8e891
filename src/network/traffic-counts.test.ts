import { expect, it } from "vitest";
import type { EjectionNews, TrafficReport, TrafficRow } from "../messages/index.ts";
import { TrafficCounts } from "./traffic-counts.ts";

const told: EjectionNews[] = [];
const store = {
  get: (_kind: string, _namespace: string, name: string) => (name === "web" ? { name } : undefined),
};
const counts = () => new TrafficCounts(store as never, news => told.push(news));
const row = (more: Partial<TrafficRow> = {}): TrafficRow => ({
  service: "shop/web",
  port: "http",
  endpoint: "127.1.0.2:80",
  begun: 5,
  outstanding: 2,
  failed: 1,
  ejections: 1,
  isEjected: true,
  ...more,
});
const report = (...rows: TrafficRow[]): TrafficReport => ({ rows, news: [] });

it("adds up what senders tell, each its latest, and keeps what a sender has counted that is gone", () => {
  const all = counts();
  const [one, other] = [{}, {}];
  all.add(one, report(row()));
  all.add(one, report(row({ begun: 7 })));
  all.add(other, report(row({ begun: 1, isEjected: false })));
  const { service, port, endpoint } = row();
  const sum = { service, port, endpoint, total: 8, failures: 2, ejections: 2 };
  expect(all.all()).toEqual([{ ...sum, inFlight: 4, ejectedBy: 1 }]);
  all.leave(one);
  all.leave(one);
  expect(all.all()).toEqual([{ ...sum, inFlight: 2, ejectedBy: 0 }]);
});

it.each<[string, unknown]>([
  ["nothing", undefined],
  ["no list", { rows: 3, news: "x" }],
  ["no rows", { rows: [null, 3, {}], news: [null, {}] }],
  ["a Service that there is not", report(row({ service: "shop/other" }))],
  ["a number that is none", report(row({ begun: Number.NaN }))],
  ["less than nothing", report(row({ outstanding: -1 }))],
  ["a name as long as a book", report(row({ endpoint: "x".repeat(1_000) }))],
])("believes nothing of %s", (_, given) => {
  const all = counts();
  all.add({}, (given ?? {}) as TrafficReport);
  expect(all.all()).toEqual([]);
});

it("tells of ejections, of Services that are there", () => {
  const news = {
    service: "shop/web",
    port: "http",
    endpoint: "127.1.0.2:80",
    ejected: { ms: 30_000, why: "x" },
  };
  counts().add({}, { rows: [], news: [news, { ...news, service: "shop/other" }] });
  expect(told).toEqual([news]);
});
