import { Socket } from "node:net";
import { expect, it } from "vitest";
import { onceClosed } from "./closed.ts";

it("does all that was asked for, once, with one listener", () => {
  const socket = new Socket();
  const done: string[] = [];
  for (const what of ["a", "b", "c"]) onceClosed(socket, () => done.push(what));
  const takeBack = onceClosed(socket, () => done.push("taken back"));
  takeBack();
  takeBack();
  expect(socket.listenerCount("close")).toBe(1);
  socket.emit("close");
  socket.emit("close");
  expect(done).toEqual(["a", "b", "c"]);
});

it("leaves no listener where all is taken back, and begins again after a close", () => {
  const socket = new Socket();
  const done: string[] = [];
  onceClosed(socket, () => {})();
  expect(socket.listenerCount("close")).toBe(0);
  onceClosed(socket, () => done.push("first"));
  socket.emit("close");
  onceClosed(socket, () => done.push("second"));
  socket.emit("close");
  expect(done).toEqual(["first", "second"]);
});
