/** What a browser may ask of a server to which clients show no secret. */
import { expect, test } from "vitest";
import { assertNoForeignPage } from "./web-pages.ts";

const names = ["localhost", "kubernetes.default.svc"];

test.each<[Record<string, string>, boolean]>([
  [{ host: "127.0.0.1:8080" }, true],
  [{ host: "localhost:8080" }, true],
  [{ host: "LOCALHOST" }, true],
  [{ host: "[::1]:8080" }, true],
  [{ host: "192.168.1.7:8080" }, true],
  [{ host: "kubernetes.default.svc" }, true],
  [{ ":authority": "localhost:8080" }, true],
  [{}, true],
  [{ host: "evil.example:8080" }, false],
  [{ ":authority": "evil.example:8080" }, false],
  [{ host: "localhost.evil.example" }, false],
  [{ host: "127.0.0.1.evil.example" }, false],
  [{ host: "x y" }, false],
  [{ host: "localhost:8080", origin: "http://localhost:8080" }, true],
  [{ host: "localhost:8080", origin: "http://localhost:3000" }, false],
  [{ host: "localhost:8080", origin: "https://evil.example" }, false],
  [{ host: "localhost:8080", origin: "null" }, false],
  [{ host: "localhost:8080", origin: "" }, false],
  [{ host: "localhost:8080", "sec-fetch-site": "none" }, true],
  [{ host: "localhost:8080", "sec-fetch-site": "same-origin" }, true],
  [{ host: "localhost:8080", "sec-fetch-site": "cross-site" }, false],
  [{ host: "localhost:8080", "sec-fetch-site": "same-site" }, false],
])("%j: %s", (headers, isAllowed) => {
  const look = () => assertNoForeignPage({ headers }, names);
  if (isAllowed) expect(look).not.toThrow();
  else expect(look).toThrow(/may not ask|is not called/);
});
