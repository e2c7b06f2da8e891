/** Quantities and versions in CEL: `quantity("1Gi").isGreaterThan(…)`, `semver("1.2.3").isLessThan(…)`. */
import { formatQuantity, parseQuantity, type Quantity, quantityFault } from "../quantity.ts";
import type { Environment } from "./library.ts";

const billion = 1_000_000_000n;

/** An amount, to CEL. */
class Amount {
  readonly quantity: Quantity;

  constructor(quantity: Quantity) {
    this.quantity = quantity;
  }

  toString(): string {
    return formatQuantity(this.quantity);
  }
}

export function registerQuantities(environment: Environment): void {
  const compare = (one: Amount, other: Amount) => order(one.quantity.billionths, other.quantity.billionths);
  const plus = ({ quantity }: Amount, billionths: bigint) =>
    new Amount({ ...quantity, billionths: quantity.billionths + billionths });
  const isInteger = ({ quantity }: Amount) =>
    quantity.billionths % billion === 0n &&
    BigInt.asIntN(64, quantity.billionths / billion) === quantity.billionths / billion;
  environment
    .registerType("kubernetes.Quantity", Amount)
    .registerFunction("quantity(string): kubernetes.Quantity", (text: string) => {
      const fault = quantityFault(text);
      if (fault !== undefined) throw new RangeError(fault);
      return new Amount(parseQuantity(text));
    })
    .registerFunction("isQuantity(string): bool", (text: string) => quantityFault(text) === undefined)
    .registerFunction("kubernetes.Quantity.sign(): int", ({ quantity }: Amount) =>
      order(quantity.billionths, 0n),
    )
    .registerFunction(
      "kubernetes.Quantity.add(kubernetes.Quantity): kubernetes.Quantity",
      (one: Amount, other: Amount) => plus(one, other.quantity.billionths),
    )
    .registerFunction("kubernetes.Quantity.add(int): kubernetes.Quantity", (one: Amount, other: bigint) =>
      plus(one, other * billion),
    )
    .registerFunction(
      "kubernetes.Quantity.sub(kubernetes.Quantity): kubernetes.Quantity",
      (one: Amount, other: Amount) => plus(one, -other.quantity.billionths),
    )
    .registerFunction("kubernetes.Quantity.sub(int): kubernetes.Quantity", (one: Amount, other: bigint) =>
      plus(one, -other * billion),
    )
    .registerFunction("kubernetes.Quantity.compareTo(kubernetes.Quantity): int", compare)
    .registerFunction(
      "kubernetes.Quantity.isGreaterThan(kubernetes.Quantity): bool",
      (one: Amount, other: Amount) => compare(one, other) > 0n,
    )
    .registerFunction(
      "kubernetes.Quantity.isLessThan(kubernetes.Quantity): bool",
      (one: Amount, other: Amount) => compare(one, other) < 0n,
    )
    .registerFunction("kubernetes.Quantity.isInteger(): bool", isInteger)
    .registerFunction("kubernetes.Quantity.asInteger(): int", (amount: Amount) => {
      if (!isInteger(amount)) throw new RangeError("cannot convert value to integer");
      return amount.quantity.billionths / billion;
    })
    .registerFunction(
      "kubernetes.Quantity.asApproximateFloat(): double",
      ({ quantity }: Amount) => Number(quantity.billionths) / Number(billion),
    )
    .registerOperator(
      "kubernetes.Quantity == kubernetes.Quantity",
      (one: Amount, other: Amount) => compare(one, other) === 0n,
    );
}

function order(one: bigint, other: bigint): bigint {
  return one < other ? -1n : one > other ? 1n : 0n;
}

/** A version as semver.org has it. */
class Version {
  readonly numbers: readonly [bigint, bigint, bigint];
  readonly before: readonly string[];

  constructor(text: string) {
    const match = strict.exec(text);
    if (!match) throw new RangeError(`cannot parse ${JSON.stringify(text)} as a version`);
    const [, major = "0", minor = "0", patch = "0", before] = match;
    this.numbers = [BigInt(major), BigInt(minor), BigInt(patch)];
    this.before = before?.split(".") ?? [];
  }
}

const strict =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[A-Za-z-][\dA-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][\dA-Za-z-]*))*))?(?:\+[\dA-Za-z-]+(?:\.[\dA-Za-z-]+)*)?$/;

/** `v1`, `1.2` and `01.2.3` as they are meant. */
function normalized(text: string): string {
  const [, numbers = "", rest = ""] = /^v?([\d.]+)(.*)$/.exec(text) ?? [];
  const parts = numbers.split(".").map(part => part.replace(/^0+(?=\d)/, ""));
  while (parts.length < 3) parts.push("0");
  return parts.join(".") + rest;
}

export function registerVersions(environment: Environment): void {
  const isVersion = (text: string) => strict.test(text);
  environment
    .registerType("kubernetes.Semver", Version)
    .registerFunction("semver(string): kubernetes.Semver", (text: string) => new Version(text))
    .registerFunction(
      "semver(string, bool): kubernetes.Semver",
      (text: string, isLoose: boolean) => new Version(isLoose ? normalized(text) : text),
    )
    .registerFunction("isSemver(string): bool", isVersion)
    .registerFunction("isSemver(string, bool): bool", (text: string, isLoose: boolean) =>
      isVersion(isLoose ? normalized(text) : text),
    )
    .registerFunction("kubernetes.Semver.major(): int", ({ numbers }: Version) => numbers[0])
    .registerFunction("kubernetes.Semver.minor(): int", ({ numbers }: Version) => numbers[1])
    .registerFunction("kubernetes.Semver.patch(): int", ({ numbers }: Version) => numbers[2])
    .registerFunction("kubernetes.Semver.compareTo(kubernetes.Semver): int", compareVersions)
    .registerFunction(
      "kubernetes.Semver.isGreaterThan(kubernetes.Semver): bool",
      (one: Version, other: Version) => compareVersions(one, other) > 0n,
    )
    .registerFunction(
      "kubernetes.Semver.isLessThan(kubernetes.Semver): bool",
      (one: Version, other: Version) => compareVersions(one, other) < 0n,
    )
    .registerOperator(
      "kubernetes.Semver == kubernetes.Semver",
      (one: Version, other: Version) => compareVersions(one, other) === 0n,
    );
}

function compareVersions(one: Version, other: Version): bigint {
  for (const [i, number] of one.numbers.entries()) {
    const difference = order(number, other.numbers[i] ?? 0n);
    if (difference !== 0n) return difference;
  }
  if (one.before.length === 0 || other.before.length === 0)
    return BigInt(Number(other.before.length > 0) - Number(one.before.length > 0));
  for (let i = 0; i < Math.max(one.before.length, other.before.length); i++) {
    const [first, second] = [one.before[i], other.before[i]];
    if (first === second) continue;
    if (first === undefined) return -1n;
    if (second === undefined) return 1n;
    const areNumbers = [first, second].map(part => /^\d+$/.test(part));
    if (areNumbers[0] !== areNumbers[1]) return areNumbers[0] ? -1n : 1n;
    if (areNumbers[0]) return order(BigInt(first), BigInt(second));
    return first < second ? -1n : 1n;
  }
  return 0n;
}
