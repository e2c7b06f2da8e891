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
});
