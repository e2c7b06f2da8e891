/** Warning headers: what they say, and how much of it. */
import { expect, test } from "vitest";
import { Warnings } from "./warnings.ts";

function warned(texts: readonly string[]): string[] {
  let headers: string[] = [];
  const response = { headersSent: false, setHeader: (_: string, value: string[]) => (headers = value) };
  const warnings = new Warnings(response as never);
  for (const text of texts) warnings.add(text);
  return headers;
}

const numbered = (count: number, text: string) => Array.from({ length: count }, (_, i) => `${i} ${text}`);
const bytesOf = (headers: readonly string[]) => headers.join("").length;

test("each sentence is told once, in the order in which it came", () => {
  expect(warned(['unknown field "a"', 'unknown field "b"', 'unknown field "a"'])).toEqual([
    '299 - "unknown field \\"a\\""',
    '299 - "unknown field \\"b\\""',
  ]);
});

test("a line stays a line, and letters beyond Latin are sent as UTF-8", () => {
  const [header = ""] = warned(["ü\r\nSet-Cookie: x"]);
  expect(Buffer.from(header, "latin1").toString()).toBe('299 - "ü  Set-Cookie: x"');
});

test("one that is long is told whole where it fits, and many are cut, all of them", () => {
  const long = "x".repeat(3_000);
  expect(warned([long])[0]).toContain(long);
  const headers = warned([long, ...numbered(2, long)]);
  expect(headers).toHaveLength(3);
  for (const header of headers) expect(header.length).toBeLessThan(300);
});

test.each([
  ["many", numbered(20_000, "a")],
  ["long ones", numbered(100, "x".repeat(10_000))],
  ["long ones of letters that are more bytes", numbered(100, "語".repeat(2_000))],
])("%s: never more than a client takes", (_, texts) => {
  const headers = warned(texts);
  expect(headers.length).toBeGreaterThan(4);
  expect(bytesOf(headers)).toBeLessThanOrEqual(4_096);
});
