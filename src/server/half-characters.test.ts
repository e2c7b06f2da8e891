/** Half a character, which an escape can say and no text can keep: JSON is read as Go reads it, YAML as go-yaml does. */
import { expect, test } from "vitest";
import { parsedJson } from "../resources/index.ts";
import { patchFrom } from "./decode-body.ts";

test.each([
  [String.raw`"\ud800x"`, "\ufffdx"],
  [String.raw`"x\uDFFF"`, "x\ufffd"],
  [String.raw`"\ud800\ud83d\ude00\ude00"`, "\ufffd😀\ufffd"],
  [String.raw`"\\ud800 \\\ud800"`, "\\ud800 \\\ufffd"],
  [String.raw`{"\udc00": ["\ud800"], "\u0061": "\n"}`, { "\ufffd": ["\ufffd"], a: "\n" }],
])("in JSON becomes U+FFFD: %s", (text, value) => {
  expect(parsedJson(text)).toEqual(value);
});

test.each([
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
  "application/apply-patch+yaml",
])("in a patch, as in any body: %s", mediaType => {
  const bytes = Buffer.from(String.raw`{"data": {"a\ud800": "\udc00 😀"}}`);
  expect(patchFrom({ mediaType, bytes }).patch).toEqual({ data: { "a\ufffd": "\ufffd 😀" } });
});

test.each([String.raw`a: "\ud800x"`, String.raw`"\ud800": x`, String.raw`- ["x\udc00"]`])(
  "in YAML is refused: %s",
  text => {
    const body = { mediaType: "application/apply-patch+yaml", bytes: Buffer.from(text) };
    expect(() => patchFrom(body)).toThrow("error decoding YAML: found invalid Unicode character escape code");
  },
);

test("of which there are two is one", () => {
  const body = {
    mediaType: "application/apply-patch+yaml",
    bytes: Buffer.from(String.raw`a: "\ud83d\ude00"`),
  };
  expect(patchFrom(body).patch).toEqual({ a: "😀" });
});
