/** Two transmissions with a carrier between them that loses, and now and then repeats, what it is given. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { headBytes, headOf, packetTypes } from "./packet.ts";
import { Transmission } from "./transmission.ts";

class Side {
  readonly got: number[] = [];
  readonly out: Uint8Array[] = [];
  largest = 1_000_000;
  readonly transmission = new Transmission(1, {
    largest: () => this.largest,
    send: packet => {
      if (packet.length > this.largest) throw new Error("the carrier does not take it");
      this.out.push(new Uint8Array(packet));
    },
    arrived: body => this.got.push(Buffer.from(body).readUInt32LE(0)),
  });
  #next = 0;

  send(size: number): void {
    if (!this.transmission.hasRoom) return;
    const packet = Buffer.alloc(headBytes + 4 + size);
    packet.writeUInt32LE(this.#next++, headBytes);
    this.transmission.send(packet);
  }

  get sent(): number {
    return this.#next;
  }

  hear(packet: Uint8Array): void {
    const head = headOf(packet);
    if (head) this.transmission.heard(head, packet);
  }
}

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ send: fc.nat(1), size: fc.nat(400_000) }) },
  { weight: 5, arbitrary: fc.record({ pass: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.record({ lose: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ repeat: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ beat: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ limit: fc.nat(1), to: fc.integer({ min: 20_000, max: 1_000_000 }) }) },
);

it("everything arrives once and in order, however much is lost on the way and however little is taken at once, and what is kept is bounded", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), steps => {
      const sides = [new Side(), new Side()] as const;
      const side = (i: number) => sides[i as 0 | 1];
      for (const done of steps) {
        if ("send" in done) side(done.send).send(done.size);
        else if ("limit" in done) side(done.limit).largest = done.to;
        else if ("beat" in done) side(done.beat).transmission.beat();
        else if ("lose" in done) side(done.lose).out.shift();
        else if ("repeat" in done) side(done.repeat).out.push(...side(done.repeat).out.slice(0, 1));
        else {
          const packet = side(done.pass).out.shift();
          if (packet) side(1 - done.pass).hear(packet);
        }
      }
      // The carrier is well from now on: two beats are enough.
      for (let round = 0; round < 3; round++) {
        for (const each of sides) each.transmission.beat();
        while (sides.some(({ out }) => out.length > 0))
          for (const i of [0, 1]) for (const packet of side(i).out.splice(0)) side(1 - i).hear(packet);
      }
      for (const i of [0, 1]) {
        expect(side(1 - i).got).toEqual(Array.from({ length: side(i).sent }, (_, n) => n));
        expect(side(i).transmission.hasRoom).toBe(true);
      }
    }),
  );
});

it("no more is under way than may be", () => {
  const side = new Side();
  for (let i = 0; i < 100; i++) side.send(256 * 1024);
  expect(side.sent).toBe(8);
  const other = new Side();
  for (const packet of side.out.splice(0)) other.hear(packet);
  for (const packet of other.out.splice(0)) side.hear(packet);
  expect(side.transmission.hasRoom).toBe(true);
});

it("what says that it is a piece of more than is ever under way is none", () => {
  const packet = Buffer.alloc(headBytes + 8);
  packet[0] = packetTypes.PIECE;
  packet.writeUInt32LE(0xffffffff, headBytes + 4);
  expect(() => new Side().hear(packet)).toThrow(RangeError);
  expect(() => new Side().hear(packet.subarray(0, headBytes + 3))).toThrow(RangeError);
});
