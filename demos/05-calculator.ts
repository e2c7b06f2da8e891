/** Requests and answers: numbers, errors of the worker's own class, deadlines, and services without endpoints. */
import { K4sError } from "k4s";
import type { Demo } from "./stage.ts";

export default {
  title: "Request and response",
  picture: `
     average of 1, 2, 4 ──▶ Service calculator ──▶ calc-rs-1
     2.33 ◀────────────────────────────────────────────┘`,
  manifest: "05-calculator.yaml",
  async play(cluster, stage) {
    await stage.step("Declare two calculators that round to two digits, and a Service that selects nothing.");
    await stage.apply(this.manifest);
    await stage.until("both calculators are ready", cluster.waitFor("ReplicaSet/calc-rs", "Ready"));

    await stage.step("Ask.");
    for (const [operation, numbers, right] of [
      ["add", [1, 2, 3], 6],
      ["multiply", [6, 7], 42],
      ["average", [1, 2, 4], 2.33],
    ] as const) {
      const answer = await cluster.api.request("calculator", { operation, numbers });
      stage.message("you", "calculator", { operation, numbers });
      stage.message("calculator", "you", answer);
      stage.claim(`${operation} of ${numbers.join(", ")} is ${right}`, answer === right, answer);
    }

    await stage.step(
      "Ask for nonsense. The worker's own error comes back: its class, its message, its fields.",
    );
    const refused = await fails(cluster.api.request("calculator", { operation: "add", numbers: [1, "two"] }));
    stage.message("calculator", "you", refused);
    stage.claim("it is a NotANumber", refused.name === "NotANumber", refused.name);
    stage.claim("that says what it found", (refused as { found?: unknown }).found === "two", refused);

    await stage.step(
      "Ask a service that has no endpoints, and one that does not exist. Both answer at once.",
    );
    for (const [service, reason] of [
      ["nobody", "NoEndpoint"],
      ["elsewhere", "NoSuchTarget"],
    ] as const) {
      const error = await fails(cluster.api.request(service, 1));
      stage.message("you", service, 1);
      stage.message("k4s", "you", error);
      stage.claim(`${service}: ${reason}`, error instanceof K4sError && error.reason === reason, error);
    }
  },
} satisfies Demo;

async function fails(request: Promise<unknown>): Promise<Error> {
  try {
    return new Error(`answered ${await request}`);
  } catch (error) {
    return error as Error;
  }
}
