/** `k4s policy test FROM TO[:PORT]`: whether NetworkPolicies allow it, which of them decided, and by which rule. Nothing is sent. */
import type { PolicyTest, PolicyTestOptions } from "../../network/index.ts";
import { Connection } from "./connection.ts";
import type { WhereOptions } from "./kubeconfig.ts";

export interface TestOptions extends WhereOptions {
  readonly protocol?: NonNullable<PolicyTestOptions["protocol"]>;
  readonly output?: "json";
}

/** The exit code is 1 where it is denied. */
export async function policyTest(from: string, to: string, options: TestOptions): Promise<void> {
  const { protocol, output } = options;
  const connection = new Connection(options);
  const asked: PolicyTestOptions = { namespace: connection.namespace, ...(protocol && { protocol }) };
  const query = new URLSearchParams({ from, to, options: JSON.stringify(asked) });
  const told = await connection.json<PolicyTest>(`/k4s/policy/test?${query}`);
  process.stdout.write(output === "json" ? `${JSON.stringify(told, undefined, 2)}\n` : told.text);
  if (!told.allowed) process.exitCode = 1;
}
