import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestServer, testServer } from "./test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());

test.each<[query: string, agent: string, isIndented: boolean]>([
  ["", "curl/8.5.0", true],
  ["", "Wget/1.21", true],
  ["", "Mozilla/5.0 (X11)", true],
  ["?pretty=false", "curl/8.5.0", false],
  ["", "kubectl/v1.35.2", false],
  ["?pretty=true", "kubectl/v1.35.2", true],
])("%s asked by %s is indented: %s", async (query, agent, isIndented) => {
  for (const path of ["/api/v1/namespaces/golden", "/api/v1/namespaces", "/apis", "/api/v1/nodes/nowhere"]) {
    const answer = await fetch(`${server.url}${path}${query}`, { headers: { "user-agent": agent } });
    expect((await answer.text()).startsWith('{\n  "kind"')).toBe(isIndented);
  }
});
