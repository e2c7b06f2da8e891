/** When nothing is expected of a server any more: in virtual time, by what the server says of itself. */
import { expect, test } from "vitest";
import { VirtualClock } from "../../../outside/index.ts";
import { Liveness, type ServerStatus } from "./liveness.ts";

function place(status: () => Promise<ServerStatus>) {
  const clock = new VirtualClock();
  const asked: number[] = [];
  const told: string[] = [];
  const liveness = new Liveness({
    clock,
    status: () => {
      asked.push(clock.now());
      return status();
    },
  });
  const giveUp = (name: string) => (_: string, isThere: boolean) =>
    void told.push(`${name} ${isThere ? "there" : "gone"}`);
  return { clock, asked, told, liveness, giveUp };
}

const silent = () => new Promise<ServerStatus>(() => {});
const led = (raft_term: string) => Promise.resolve({ header: { raft_term }, leader: "1" });

test("one that answers nothing, not even how it is, is given up within two seconds and a bit, with what streams from it", async () => {
  const { clock, told, liveness, giveUp } = place(silent);
  liveness.stream(giveUp("stream"));
  await clock.advance(60_000);
  expect(told).toEqual([]);
  liveness.answer(giveUp("first"));
  await clock.advance(900);
  liveness.answer(giveUp("second"));
  await clock.advance(1_600);
  expect(told).toEqual(["first gone", "second gone", "stream gone"]);
});

test("one that says how it is has its time; who waits for nothing asks nothing", async () => {
  const { clock, asked, told, liveness, giveUp } = place(() => led("3"));
  liveness.heard({ raft_term: "3" });
  liveness.answer(giveUp("quick"))();
  await clock.advance(10_000);
  expect(asked).toEqual([]);
  const done = liveness.answer(giveUp("slow"));
  await clock.advance(10_000);
  expect(told).toEqual([]);
  expect(asked.length).toBeGreaterThan(5);
  done();
  const { length } = asked;
  await clock.advance(10_000);
  expect(asked.length).toBeLessThanOrEqual(length + 1);
});

test.each<[string, () => Promise<ServerStatus>, string[]]>([
  ["another leads by now: what was sent before is given up", () => led("4"), ["before there"]],
  ["nobody leads by now", () => Promise.resolve({ header: { raft_term: "4" } }), []],
  ["the same leads as before", () => led("3"), []],
  ["it does not say", () => Promise.reject(new Error("404")), []],
])("%s", async (_, status, wanted) => {
  const { clock, told, liveness, giveUp } = place(status);
  liveness.answer(giveUp("of whom nothing was known"));
  liveness.heard({ raft_term: "3" });
  liveness.answer(giveUp("before"));
  liveness.heard({ raft_term: "4" });
  liveness.answer(giveUp("after"));
  await clock.advance(1_500);
  expect(told).toEqual(wanted);
});

test("of who leads is learned by asking: what is slow after that has its time", async () => {
  const { clock, told, liveness, giveUp } = place(() => led("7"));
  liveness.heard({ raft_term: "5" });
  liveness.answer(giveUp("before"));
  await clock.advance(1_500);
  const done = liveness.answer(giveUp("after"));
  await clock.advance(1_500);
  done();
  expect(told).toEqual(["before there"]);
});

test("what is answered while the server is asked how it is, is well", async () => {
  const { clock, told, liveness, giveUp } = place(silent);
  const done = liveness.answer(giveUp("it"));
  liveness.stream(giveUp("stream"));
  await clock.advance(1_500);
  done();
  await clock.advance(10_000);
  expect(told).toEqual([]);
});
