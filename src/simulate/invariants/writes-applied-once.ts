/** A write of a user happens once at most, and nothing comes about that nobody asked for. */
import type { MakeInvariant } from "../invariant.ts";
import { ledgerNames, valueKey } from "../ledger.ts";

export const writesAppliedOnce: MakeInvariant = () => {
  const appliedAt = new Map<string, number>();
  const last = new Map<string, string | undefined>();
  return {
    name: "no write is applied twice",
    written({ key, type, object, revision }, { ledger }) {
      if (key.kind !== "ConfigMap" || !ledgerNames.some(name => name === key.name)) return undefined;
      const before = last.get(key.name);
      const { data } = object as { readonly data?: Readonly<Record<string, string>> };
      const value = type === "DELETED" ? undefined : data?.[valueKey];
      last.set(key.name, value);
      if (value === undefined || value === before) return undefined;
      if (!ledger.wasAttempted(value)) return `${key.name} has ${value}, which nobody has written`;
      const already = appliedAt.get(value);
      appliedAt.set(value, revision);
      if (already === undefined) return undefined;
      return `${value} was written to ${key.name} at ${already} and again at ${revision}`;
    },
  };
};
