import { expect, test } from "vitest";
import { joinCluster } from "./join-cluster.ts";

const server = "https://127.0.0.1:1";

test.each<[unknown, string]>([
  [undefined, "joinCluster: options must be an object, and is missing"],
  [{}, "joinCluster: options.server must be a name, and is missing"],
  [{ server, nmae: "x" }, 'joinCluster: there is no option "nmae" (did you mean "name"?)'],
  [
    { server, ca: "nonsense" },
    'joinCluster: ca must be the certificate of an authority in PEM, not "nonsense"',
  ],
  [
    { server, port: 70_000, images: 5, taints: [{}] },
    "joinCluster: port must be a whole number from 0 to 65535, not 70000; images must be a folder, as path or file URL, not 5; taints[0].key must be a name, and is missing; taints[0].effect must be a name, and is missing",
  ],
  [{ server: "ftp://x" }, "an address like https://host:6443 is wanted to join, not ftp://x"],
])("%j is refused before anything is asked for", async (options, message) => {
  await expect(joinCluster(options as never)).rejects.toMatchObject({ reason: "BadRequest", message });
});

test("an aborted join ends with the reason of that", async () => {
  const signal = AbortSignal.abort(new Error("no more"));
  await expect(
    joinCluster({ server, caHash: `sha256:${"0".repeat(64)}`, token: "abcdef.0123456789abcdef", signal }),
  ).rejects.toThrow("no more");
});
