/** Certificates that are not believed, in words that help. */
import { expect, test } from "vitest";
import { ApiError } from "../../errors/index.ts";
import { explained, isOfAnotherAuthority } from "./why-not.ts";

const failed = (code: string) =>
  new ApiError(
    "ServiceUnavailable",
    "the cluster cannot be reached",
    {},
    { cause: Object.assign(new Error(), { code }) },
  );
const clock = { now: () => Date.parse("2026-01-02T03:04:05Z") };

test.each([
  ["CERT_NOT_YET_VALID", "the clock of this machine says 2026-01-02T03:04:05Z", false],
  ["CERT_HAS_EXPIRED", "the clock of this machine says 2026-01-02T03:04:05Z", false],
  ["SELF_SIGNED_CERT_IN_CHAIN", "has another authority", true],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "has another authority", true],
  ["CERT_SIGNATURE_FAILURE", "has another authority", true],
])("%s", (code, words, isOther) => {
  expect(String(explained(failed(code), clock))).toContain(words);
  expect(isOfAnotherAuthority(failed(code))).toBe(isOther);
});

test("what else fails is told as it is", () => {
  const error = failed("ECONNREFUSED");
  expect(explained(error, clock)).toBe(error);
  expect(explained(undefined, clock)).toBeUndefined();
});
