import { serialize } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { ApiError, MessageError } from "./k4s-error.ts";
import { fromWire, toWire } from "./wire.ts";

/** As an error travels: written down, cloned, built again. */
const across = (thrown: unknown) => fromWire(structuredClone(toWire(thrown)));

class OutOfStock extends Error {
  readonly sku = "A-7";
  readonly since = new Date(0);
}

describe("an error that crosses threads", () => {
  it.each([
    ["Error", new Error("a")],
    ["TypeError", new TypeError("b")],
    ["RangeError", new RangeError("c")],
    ["AggregateError", new AggregateError([new Error("d"), "e"], "f")],
    ["DOMException", new DOMException("g", "AbortError")],
    ["ApiError", new ApiError("NotFound", "h", { kind: "Pod", name: "i" })],
    ["MessageError", new MessageError("ContainerExited", "j", { handled: "no" })],
  ])("is a %s again, with message, stack and fields", (_, error) => {
    const arrived = across(error);
    expect(arrived.constructor).toBe(error.constructor);
    expect(arrived.message).toBe(error.message);
    expect(arrived.name).toBe(error.name);
    expect(arrived.stack).toBe(error.stack);
    expect({ ...arrived }).toEqual({ ...error });
    expect(Object.keys(arrived)).not.toContain("stack");
  });

  it("of a class that only the sender knows keeps its name and its fields", () => {
    const arrived = across(new OutOfStock("none left"));
    expect(arrived).toMatchObject({
      name: "OutOfStock",
      message: "none left",
      sku: "A-7",
      since: new Date(0),
    });
  });

  it("keeps its causes, errors or not, and the errors of an AggregateError", () => {
    const arrived = across(new Error("a", { cause: new TypeError("b", { cause: { code: 7 } }) }));
    expect(arrived.cause).toBeInstanceOf(TypeError);
    expect((arrived.cause as Error).cause).toEqual({ code: 7 });
    const many = across(new AggregateError([new RangeError("c"), "d"])) as AggregateError;
    expect(many.errors).toEqual([expect.any(RangeError), "d"]);
  });

  it("arrives as an error even if it was none", () => {
    expect(across("boom")).toMatchObject({ message: "boom", cause: "boom" });
    expect(across(undefined)).toMatchObject({ message: "undefined" });
    expect(across(() => 1).message).toContain("=>");
  });

  it("may be hostile", () => {
    const error = new Error("x") as Error & Record<string, unknown>;
    error.cause = error;
    error.run = () => 1;
    error.port = new Proxy({}, {});
    Object.defineProperty(error, "stack", { get: () => 7 });
    Object.defineProperty(error, "field", {
      enumerable: true,
      get: () => {
        throw new Error("mine");
      },
    });
    Object.defineProperty(error, "message", {
      get: () => {
        throw new Error("mine");
      },
    });
    Object.defineProperty(error, "__proto__", { enumerable: true, value: { polluted: true } });
    const arrived = across(error);
    expect(arrived).toBeInstanceOf(Error);
    expect(Object.getPrototypeOf(arrived)).toBe(Error.prototype);
    let depth = 0;
    for (let at: unknown = arrived; at instanceof Error; at = at.cause) depth++;
    expect(depth).toBeLessThan(20);
    const unprintable = {
      toString: () => {
        throw new Error("mine");
      },
      port: () => 1,
    };
    expect(across(unprintable)).toBeInstanceOf(Error);
    const lying = Object.assign(new MessageError("Aborted", "x"), { reason: "constructor" });
    expect(across(lying)).toBeInstanceOf(MessageError);
  });

  it.each([
    ["RangeError", "new RangeError('too far')"],
    ["TypeError", "new TypeError('too far')"],
    ["Error", "new (class Mine extends Error {})('too far')"],
    ["AggregateError", "new AggregateError([new RangeError('inner')], 'too far')"],
  ])("of another realm is a %s of ours", (name, code) => {
    const arrived = across(runInNewContext(`Object.assign(${code}, { code: "E_FAR", list: [1, { a: 2 }] })`));
    expect(arrived.constructor.name).toBe(name);
    expect(arrived).toMatchObject({ message: "too far", code: "E_FAR", list: [1, { a: 2 }] });
    const cause = runInNewContext(code);
    expect(across(new Error("outer", { cause })).cause).toMatchObject({ message: "too far" });
  });

  const chain = (length: number) => {
    let error = new Error("first");
    for (let i = 0; i < length; i++) error = new Error("next", { cause: error });
    return error;
  };
  const tree = (depth: number): Error =>
    new AggregateError(depth === 0 ? [] : Array.from({ length: 12 }, () => tree(depth - 1)), "tree");
  const withField = (field: unknown) => Object.assign(new Error("field"), { field });
  const circle: Record<string, unknown> = {};
  circle.circle = circle;
  it.each<[string, unknown]>([
    ["a long chain of causes", chain(10_000)],
    ["a tree of errors", tree(4)],
    ["a message of 4 MB", new Error("x".repeat(4e6))],
    ["a text of 4 MB", "x".repeat(4e6)],
    ["a field of 4 MB", withField("x".repeat(4e6))],
    ["a long list", withField(Array(1e6).fill(1.5))],
    ["many bytes", withField(new Uint8Array(4e6))],
    [
      "many fields",
      Object.assign(new Error("x"), Object.fromEntries(Array.from({ length: 1e5 }, (_, n) => [n, n]))),
    ],
    ["a large map", withField(new Map(Array.from({ length: 1e5 }, (_, n) => [n, { n }])))],
    ["a long bigint", withField(10n ** 10_000n)],
    ["a circle in a field", withField(circle)],
    ["an error in its own field", withField(tree(2))],
  ])("is written down bounded: %s", (_, error) => {
    expect(serialize(toWire(error)).length).toBeLessThan(600_000);
    expect(across(error)).toBeInstanceOf(Error);
  });

  it("keeps circles, dates, maps and bytes in its fields, and nothing that lies beside the bytes", () => {
    const bytes = Buffer.from("abc");
    const field = { circle, since: new Date(0), map: new Map([[1, { a: 1 }]]), set: new Set(["x"]), bytes };
    const arrived = across(withField(field)) as Error & { field: typeof field };
    expect(arrived.field.circle.circle).toBe(arrived.field.circle);
    expect(arrived.field).toMatchObject({
      since: new Date(0),
      map: new Map([[1, { a: 1 }]]),
      set: new Set(["x"]),
    });
    expect(arrived.field.bytes).toEqual(new Uint8Array([97, 98, 99]));
    expect(arrived.field.bytes.buffer.byteLength).toBe(3);
  });

  it("that is no such thing is an error all the same", () => {
    const nothing = [null, 7, {}, { class: "ApiError", cause: 5 }, { class: "AggregateError", errors: 7 }];
    for (const wire of nothing) expect(fromWire(wire as never)).toBeInstanceOf(Error);
  });
});
