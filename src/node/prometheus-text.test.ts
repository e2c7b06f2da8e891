import { expect, test } from "vitest";
import { prometheusText } from "./prometheus-text.ts";

test("families, their labels and times; one without samples is left out", () => {
  const at = 1_700_000_000_123.4;
  const text = prometheusText([
    {
      ...{ name: "used_total", type: "counter", help: "Used." },
      samples: [
        { labels: { pod: 'a"b\\c\nd', namespace: "x" }, value: 1.5, at },
        { labels: { pod: "b" }, value: 0 },
      ],
    },
    { name: "none", type: "gauge", help: "None.", samples: [] },
    { name: "here", type: "gauge", help: "Here.", samples: [{ value: 1 }] },
  ]);
  expect(text).toBe(
    [
      "# HELP used_total Used.",
      "# TYPE used_total counter",
      String.raw`used_total{pod="a\"b\\c\nd",namespace="x"} 1.5 1700000000123`,
      'used_total{pod="b"} 0',
      "# HELP here Here.",
      "# TYPE here gauge",
      "here 1",
      "",
    ].join("\n"),
  );
});
