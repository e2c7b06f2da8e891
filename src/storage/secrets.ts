/** What drivers are given of Secrets. */
import type { Secret, SecretReference } from "../resources/index.ts";
import { DriverError } from "./driver.ts";

type SecretLookup = (kind: "Secret", namespace: string, name: string) => Secret | undefined;

/** The entries of the Secret, as text. Undefined where none is named; throws a DriverError where it is not there. */
export function secretsOf(
  reference: SecretReference | undefined,
  get: SecretLookup,
): Readonly<Record<string, string>> | undefined {
  if (!reference?.name) return undefined;
  const { name, namespace = "" } = reference;
  const secret = get("Secret", namespace, name);
  if (!secret)
    throw new DriverError(
      "InvalidArgument",
      `error getting secret ${name} in namespace ${namespace}: secrets "${name}" not found`,
    );
  const data = Object.entries(secret.data ?? {});
  return Object.fromEntries(data.map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]));
}
