import { expect, it } from "vitest";
import { readings } from "./names.ts";

it.each([
  ["calculator", "service math/calculator, pod math/calculator"],
  ["calculator.svc", "service math/calculator"],
  [
    "calculator.arts",
    "service arts/calculator, pod-of-service math/calculator of arts, pod math/calculator.arts",
  ],
  ["calculator.arts.svc", "service arts/calculator"],
  ["calculator.arts.svc.cluster.local", "service arts/calculator"],
  ["db-0.db.arts", "pod-of-service arts/db-0 of db, pod math/db-0.db.arts"],
  ["db-0.db.arts.svc.cluster.local", "pod-of-service arts/db-0 of db"],
  ["pod/db-0", "pod math/db-0"],
  ["Pod/arts/db-0", "pod arts/db-0"],
  ["container/echo", "pod math/echo"],
  ["service/calculator", "service math/calculator"],
  ["node/node-0", ""],
  ["pod/arts/db-0/side", "pod arts/db-0, its side"],
  ["container/a/b/c", ""],
  ["pod/a/b/c/d", ""],
  ["", ""],
  ["../../etc/passwd", ""],
  ["a b", ""],
  ["-a", ""],
  ["a".repeat(500), ""],
])("%s, seen from math", (target, expected) => {
  const text = readings(target, "math").map(reading => {
    const { kind, namespace, name } = reading;
    const service = "service" in reading ? ` of ${reading.service}` : "";
    const container = "container" in reading ? `, its ${reading.container}` : "";
    return `${kind} ${namespace}/${name}${service}${container}`;
  });
  expect(text.join(", ")).toBe(expected);
});
