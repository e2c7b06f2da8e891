import { expect, it } from "vitest";
import { Deferred } from "../../outside/index.ts";
import { Rounds } from "./rounds.ts";

function world() {
  const done: string[] = [];
  const state = { isOver: false, pause: Promise.resolve(), fault: undefined as Error | undefined };
  const rounds: Rounds = new Rounds(
    async () => {
      done.push("round");
      await state.pause;
      if (state.fault) throw state.fault;
    },
    () => state.isOver,
    error => done.push((error as Error).message),
  );
  const settle = () => new Promise(resolve => setImmediate(resolve));
  return { done, state, rounds, settle };
}

it("does one round at a time, and one more however often it was woken meanwhile", async () => {
  const { done, state, rounds, settle } = world();
  const pause = new Deferred<void>();
  state.pause = pause.promise;
  rounds.wake();
  expect(rounds.isOutdated).toBe(false);
  for (let i = 0; i < 3; i++) rounds.wake();
  expect([done.length, rounds.isOutdated]).toEqual([1, true]);
  pause.resolve();
  await settle();
  expect(done).toEqual(["round", "round"]);
  rounds.wake();
  await settle();
  expect(done.length).toBe(3);
});

it("does nothing while it is held, nor once it is over", async () => {
  const { done, state, rounds, settle } = world();
  rounds.hold();
  rounds.wake();
  await settle();
  expect(done).toEqual([]);
  rounds.release();
  await settle();
  expect(done).toEqual(["round"]);
  state.isOver = true;
  rounds.wake();
  await settle();
  expect(done).toEqual(["round"]);
});

it("tells of what fails, and goes on when it is woken again", async () => {
  const { done, state, rounds, settle } = world();
  state.fault = new Error("broken");
  rounds.wake();
  await settle();
  state.fault = undefined;
  rounds.wake();
  await settle();
  expect(done).toEqual(["round", "broken", "round"]);
});

it("does one more where it was woken during a round that fails", async () => {
  const { done, state, rounds, settle } = world();
  const pause = new Deferred<void>();
  state.pause = pause.promise;
  state.fault = new Error("broken");
  rounds.wake();
  rounds.wake();
  pause.reject(state.fault);
  state.pause = Promise.resolve();
  state.fault = undefined;
  await settle();
  expect(done).toEqual(["round", "broken", "round"]);
});
