import { describe, expect, it } from "vitest";
import { podSubject, serviceSubject, subjectsOf } from "./subjects.ts";

const service = serviceSubject;
const pod = podSubject;

describe("what a name in a message may mean, where only NATS can be asked", () => {
  it.each([
    ["calculator", [service("shop", "calculator"), pod("shop", "calculator")]],
    ["service/calculator", [service("shop", "calculator")]],
    ["pod/db-0", [pod("shop", "db-0")]],
    ["container/echo", [pod("shop", "echo")]],
    [
      "calculator.math",
      [service("math", "calculator"), pod("shop", "calculator"), pod("shop", "calculator.math")],
    ],
    ["calculator.math.svc.cluster.local", [service("math", "calculator")]],
    ["db-0.db.math", [pod("math", "db-0")]],
    ["", []],
    ["No Name", []],
    ["a/b/c", []],
    ["thing/x", []],
    ["x.*", []],
    ["x.>", []],
  ])("%s", (to, subjects) => expect(subjectsOf(to, "shop")).toEqual(subjects));

  it("keeps apart names whose dots would be levels of a subject", () => {
    expect(pod("shop", "a.b")).toBe("k4s.pod.shop.a_b");
    expect(pod("shop", "a.b").split(".")).toHaveLength(4);
  });
});
