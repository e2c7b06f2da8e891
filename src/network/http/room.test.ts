import { EventEmitter } from "node:events";
import { expect, it } from "vitest";
import { TrafficBook } from "../../messages/index.ts";
import { seededRandom, VirtualClock } from "../../outside/index.ts";
import { begun } from "./room.ts";

function traffic(limits: object) {
  const book = new TrafficBook({ clock: new VirtualClock(), random: seededRandom(1), report: () => {} });
  const endpoint = { address: "192.0.2.1", port: 80 };
  const use = book.of({ service: "demo/web", balancing: "random", limits }, "http").use("192.0.2.1:80");
  return { endpoint, use };
}

it("gives the place of a client that has gone, or whose time is over, to the next one", async () => {
  const trial = traffic({ maxConnections: 1, maxPendingRequests: 3 });
  await begun(trial, new EventEmitter(), undefined);
  const leaving = new EventEmitter();
  const late = new AbortController();
  const gone = begun(trial, leaving, undefined);
  const expired = begun(trial, new EventEmitter(), late.signal);
  const last = begun(trial, new EventEmitter(), undefined);
  await expect(begun(trial, new EventEmitter(), undefined)).rejects.toMatchObject({ status: 503 });
  leaving.emit("close");
  late.abort(new Error("late"));
  await expect(gone).rejects.toMatchObject({ status: 503 });
  await expect(expired).rejects.toThrow("late");
  expect(trial.use.outstanding).toBe(1);
  trial.use.end();
  await last;
  expect([trial.use.outstanding, trial.use.begun]).toEqual([1, 2]);
});

it("counts who waits in the turn in which there is room: no more begin than may", async () => {
  const trial = traffic({ maxRequests: 2 });
  const all = Array.from({ length: 5 }, () => begun(trial, new EventEmitter(), undefined));
  await all[0];
  trial.use.end();
  expect(trial.use.outstanding).toBe(2);
  for (let i = 0; i < 4; i++) trial.use.end();
  await Promise.all(all);
  expect(trial.use.outstanding).toBe(0);
});
