import { describe, expect, it } from "vitest";
import { Fifo } from "../../outside/index.ts";
import { Inbox } from "./inbox.ts";

class Letter {
  readonly text: string;
  wasRead = false;
  constructor(text: string) {
    this.text = text;
  }
  read(): void {
    this.wasRead = true;
  }
}

describe("an inbox", () => {
  it("gives what came before the reader, and what comes while it waits; a message is read when it is given", async () => {
    const inbox = new Inbox<Letter>();
    const [first, second] = [new Letter("a"), new Letter("b")];
    inbox.take(first);
    expect(first.wasRead).toBe(false);
    expect((await inbox.next()).value).toBe(first);
    expect(first.wasRead).toBe(true);
    const next = inbox.next();
    inbox.take(second);
    expect((await next).value).toBe(second);
  });

  it("ends after what had arrived was read, for every reader", async () => {
    const inbox = new Inbox<Letter>();
    for (const text of ["a", "b", "c"]) inbox.take(new Letter(text));
    inbox.end();
    const texts: string[] = [];
    const read = async () => {
      for await (const letter of inbox) texts.push(letter.text);
    };
    await Promise.all([read(), read()]);
    expect(texts).toEqual(["a", "b", "c"]);
  });

  it("can be read on after a loop was left", async () => {
    const inbox = new Inbox<Letter>();
    for (const text of ["a", "b"]) inbox.take(new Letter(text));
    for await (const _ of inbox) break;
    expect((await inbox.next()).value.text).toBe("b");
  });

  it("gives back what nobody will read", () => {
    const inbox = new Inbox<Letter>();
    for (const text of ["a", "b"]) inbox.take(new Letter(text));
    expect(inbox.abandon().map(letter => letter.text)).toEqual(["a", "b"]);
    expect(inbox.length).toBe(0);
  });
});

it("a fifo keeps its order through many thousands", () => {
  const fifo = new Fifo<number>();
  let [next, expected] = [0, 0];
  for (let round = 0; round < 30_000; round++) {
    fifo.push(next++);
    if (round % 3 > 0) fifo.push(next++);
    expect(fifo.first()).toBe(expected);
    expect(fifo.shift()).toBe(expected++);
  }
  expect(fifo.length).toBe(next - expected);
  expect(fifo.drain()[0]).toBe(expected);
  expect(fifo.shift()).toBeUndefined();
});

it("a fifo that held thousands begins anew when it is empty", () => {
  const fifo = new Fifo<number>();
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 10_000; i++) fifo.push(i);
    for (let i = 0; i < 10_000; i++) expect(fifo.shift()).toBe(i);
    expect([fifo.length, fifo.first(), fifo.shift()]).toEqual([0, undefined, undefined]);
  }
  fifo.push(7);
  expect(fifo.drain()).toEqual([7]);
});
